export const SHELLS = ['bash', 'zsh', 'fish'] as const;

/** Each asks signpost itself what may come next, so that it never falls behind. */
export const SCRIPTS: Readonly<Record<(typeof SHELLS)[number], string>> = {
  bash: `# signpost completion for bash
_signpost() {
  local IFS=$'\\n'
  COMPREPLY=($(signpost __complete -- "\${COMP_WORDS[@]:1:COMP_CWORD}" 2>/dev/null | cut -f1))
  [ \${#COMPREPLY[@]} -eq 0 ] && compopt -o default 2>/dev/null
  return 0
}
complete -F _signpost signpost
`,
  zsh: `#compdef signpost
_signpost() {
  local -a found
  local line
  while IFS=$'\\t' read -r word about; do
    found+=("\${word//:/\\\\:}:\${about}")
  done < <(signpost __complete -- "\${(@)words[2,CURRENT]}" 2>/dev/null)
  if (( \${#found} )); then _describe 'signpost' found; else _files; fi
}
if [ "\${funcstack[1]}" = "_signpost" ]; then _signpost "$@"; else compdef _signpost signpost; fi
`,
  fish: `# signpost completion for fish
function __signpost_complete
  set -l words (commandline -opc) (commandline -ct)
  signpost __complete -- $words[2..-1] 2>/dev/null
end
complete -c signpost -f -a '(__signpost_complete)'
complete -c signpost -l record -l file -l body -l schema -l payload-file -rF
`,
};
