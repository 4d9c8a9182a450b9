#compdef mosaic
# zsh completion for mosaic; `mosaic completions zsh` writes it.
#
# The program itself says what may stand at the cursor. It starts no supervisor, and is silent when
# something is wrong.

_mosaic() {
    local line files= value
    local -a values shown open_values open_shown
    while IFS= read -r line; do
        value=${line%%$'\t'*}
        if [[ -z $value ]]; then
            files=${line#$'\t'}
        elif [[ $value == *[=,] ]]; then
            # More follows behind these.
            open_values+=("$value")
            open_shown+=("${line#*$'\t'}")
        else
            values+=("$value")
            shown+=("${line#*$'\t'}")
        fi
    done < <(command mosaic complete zsh -- "${(@)words[1,CURRENT-1]}" "$PREFIX" 2>/dev/null)
    local ended=1
    if (( $#values )); then
        compadd -V mosaic -l -d shown -a values && ended=0
    fi
    if (( $#open_values )); then
        compadd -V mosaic -l -S '' -d open_shown -a open_values && ended=0
    fi
    if [[ -n $files && $PREFIX == --*=* ]]; then
        compset -P '*='
    fi
    case $files in
    files) _files && ended=0 ;;
    directories) _files -/ && ended=0 ;;
    rosters) _files -g '*.(yaml|yml)' && ended=0 ;;
    esac
    return ended
}

# As a file of $fpath it is the function itself; sourced, it is told to the completion system.
if [[ $funcstack[1] == _mosaic ]]; then
    _mosaic "$@"
elif (( $+functions[compdef] )); then
    compdef _mosaic mosaic
fi
