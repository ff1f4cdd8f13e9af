"""``jzy completion SHELL``: the script that makes a shell ask jzy what may be typed next."""

from __future__ import annotations

from typing import Annotated

from jzy.cli import screen
from jzy.cli.commands import Application, Argument, command
from jzy.cli.table import SHELLS
from jzy.model.errors import WrongUsage

app = Application("补全")
_SETUP = {
    "bash": '在 ~/.bashrc 中加一行：eval "$(jzy completion bash)"',
    "zsh": '在 ~/.zshrc 中加一行：eval "$(jzy completion zsh)"（写在 compinit 之后）',
    "fish": "执行：jzy completion fish > ~/.config/fish/completions/jzy.fish",
    "powershell": "在 $PROFILE 中加一行：jzy completion powershell | Out-String | Invoke-Expression",
}
# Each reads lines of a value and, behind a tab, a description, and hands them to its shell as data.
# A plus sign behind a value says that more must follow, so no blank is put there.
_SCRIPTS = {
    "bash": r"""
_jzy() {
    local value
    COMPREPLY=()
    while IFS= read -r value; do
        if [[ $value == *+ ]]; then compopt -o nospace; fi
        COMPREPLY+=("${value%+}")
    done < <(command jzy __complete bash "${COMP_WORDS[@]:1:COMP_CWORD}" 2>/dev/null)
    if (( ${#COMPREPLY[@]} )); then compopt -o nosort 2>/dev/null; fi
}
complete -o bashdefault -o default -F _jzy jzy
""",
    "zsh": r"""
#compdef jzy
_jzy() {
    local line value
    local -a whole whole_said part part_said
    while IFS= read -r line; do
        value=${line%%$'\t'*}
        if [[ $value == *+ ]]; then
            part+=("${value%+}") part_said+=("${value%+}  ${line#*$'\t'}")
        else
            whole+=("$value") whole_said+=("$value  ${line#*$'\t'}")
        fi
    done < <(command jzy __complete zsh "${(Q@)words[2,CURRENT]}" 2>/dev/null)
    if (( $#whole + $#part == 0 )); then _files; return; fi
    (( $#whole )) && compadd -V jzy -l -d whole_said -a whole
    (( $#part )) && compadd -V jzy-more -S '' -l -d part_said -a part
}
if [[ $funcstack[1] == _jzy ]]; then _jzy "$@"; else compdef _jzy jzy; fi
""",
    "fish": r"""
function __jzy_complete
    set -l words (commandline -opc) (commandline -ct)
    command jzy __complete fish $words[2..-1] 2>/dev/null
end
complete -c jzy -k -f -n 'count (__jzy_complete) >/dev/null' -a '(__jzy_complete)'
""",
    "powershell": r"""
Register-ArgumentCompleter -Native -CommandName jzy -ScriptBlock {
    param($word, $ast, $position)
    $words = @($ast.CommandElements | Select-Object -Skip 1 |
        Where-Object { $_.Extent.EndOffset -le $position } | ForEach-Object { "$_" })
    if ($word -eq '') { $words += '""' }
    $jzy = Get-Command -Name jzy -CommandType Application -TotalCount 1
    & $jzy __complete powershell @words 2>$null | ForEach-Object {
        $value, $said = $_ -split "`t", 2
        if (-not $said) { $said = $value }
        [System.Management.Automation.CompletionResult]::new($value, $value, 'ParameterValue', $said)
    }
}
""",
}


@command(
    app,
    "completion",
    "输出命令行补全的脚本：按 Tab 键补全命令、选项、编号、类别等。",
    epilog="\n".join(f"{shell}：{words}" for shell, words in _SETUP.items()),
)
def completion(
    shell: Annotated[str, Argument(metavar="SHELL", help="、".join(SHELLS) + " 之一。")],
) -> None:
    """Print the script of a shell."""
    if shell not in _SCRIPTS:
        raise WrongUsage(f"没有为 {shell} 准备补全", f"可用的有：{'、'.join(SHELLS)}")
    screen.raw(_SCRIPTS[shell].lstrip("\n"))
