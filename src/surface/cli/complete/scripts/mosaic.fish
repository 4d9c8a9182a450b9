# fish completion for mosaic; `mosaic completions fish` writes it.
#
# The program itself says what may stand at the cursor. It starts no supervisor, and is silent when
# something is wrong.

function __mosaic_behind
    for file in $argv[2..-1]
        printf '%s%s\n' "$argv[1]" $file
    end
end

function __mosaic_complete
    # Newer ones say `-x` for words without their quotes, older ones `-o`.
    set -l words (commandline -xpc 2>/dev/null; or commandline -opc)
    set -l current (commandline -ct)
    # Files stand behind what names them.
    set -l option (string match -r -- '^--[^=]*=' "$current")
    set -l file (string replace -r -- '^--[^=]*=' '' "$current")
    for line in (command mosaic complete fish -- $words "$current" 2>/dev/null)
        switch $line
            case \tfiles
                __mosaic_behind "$option" (__fish_complete_path "$file")
            case \tdirectories
                __mosaic_behind "$option" (__fish_complete_directories "$file" '')
            case \trosters
                __mosaic_behind "$option" (__fish_complete_path "$file" | string match -r -- '.*(?:/|[.]ya?ml)(?:\t.*)?$')
            case '*'
                printf '%s\n' $line
        end
    end
end

complete -c mosaic -e
complete -c mosaic -f -k -a '(__mosaic_complete)'
