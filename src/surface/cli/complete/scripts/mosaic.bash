# bash completion for mosaic; `mosaic completions bash` writes it.
#
# The program itself says what may stand at the cursor. It starts no supervisor, and is silent when
# something is wrong.

_mosaic() {
    local line files=
    COMPREPLY=()
    while IFS= read -r line; do
        case $line in
        $'\t'*) files=${line#$'\t'} ;;
        *) COMPREPLY+=("$line") ;;
        esac
    done < <(COLUMNS=${COLUMNS:-80} command mosaic complete bash --why "${COMP_TYPE:-9}" \
        --breaks "$COMP_WORDBREAKS" -- "${COMP_LINE:0:COMP_POINT}" 2>/dev/null)
    case $files in
    files)
        compopt -o filenames
        while IFS= read -r line; do COMPREPLY+=("$line"); done < <(compgen -f -- "$2")
        ;;
    directories)
        compopt -o filenames
        while IFS= read -r line; do COMPREPLY+=("$line"); done < <(compgen -d -- "$2")
        ;;
    rosters)
        compopt -o filenames
        while IFS= read -r line; do
            if [[ -d $line || $line == *.yaml || $line == *.yml ]]; then COMPREPLY+=("$line"); fi
        done < <(compgen -f -- "$2")
        ;;
    esac
    # More follows behind these.
    if [[ ${#COMPREPLY[@]} -eq 1 && ${COMPREPLY[0]} == *[=,] ]]; then compopt -o nospace; fi
} 2>/dev/null

complete -o nosort -F _mosaic mosaic 2>/dev/null || complete -F _mosaic mosaic
