"""The style sheet of the HTML report: legible on a phone, and an official paper when printed."""

CSS = """
:root { color-scheme: light; --ink: #1c1c1c; --faint: #666; --line: #d8d4cc; --link: #8a1f11;
  --paper: #fff; --ground: #f3f1ec; }
* { box-sizing: border-box; }
html { -webkit-text-size-adjust: 100%; text-size-adjust: 100%; }
body { margin: 0; background: var(--ground); color: var(--ink); overflow-wrap: anywhere;
  font: 1.125rem/1.9 FangSong, "仿宋", STFangsong, "FandolFang R", "Noto Serif CJK SC",
  "Source Han Serif SC", "Songti SC", SimSun, serif; }
main { max-width: 46rem; margin: 0 auto; padding: 3.5rem 4.5rem; background: var(--paper); }
h1 { font: 700 1.75rem/1.5 "方正小标宋简体", FZXiaoBiaoSong-B05S, "Noto Serif CJK SC",
  "Source Han Serif SC", "Songti SC", SimSun, serif; text-align: center; text-wrap: balance;
  margin: 0 0 2rem; }
h1 span { display: inline-block; }
h2, h3, h4, h5 { font-size: 1.125rem; line-height: 1.7; font-weight: 400; margin: 1.2em 0 .4em;
  text-indent: 2em; break-after: avoid; }
h2 { font-family: SimHei, "黑体", "Heiti SC", "Noto Sans CJK SC", "Source Han Sans SC", sans-serif;
  font-weight: 600; }
h3 { font-family: KaiTi, "楷体", STKaiti, "LXGW WenKai", serif; }
p { margin: 0 0 .5em; text-indent: 2em; text-align: justify; }
p.addressee { text-indent: 0; }
p.notice { text-indent: 0; font-size: .9rem; line-height: 1.6; color: var(--faint);
  border: 1px solid var(--line); border-left-width: .3rem; padding: .5rem .8rem;
  margin: 0 0 1.2rem; }
p.line { text-indent: 0; font-size: .95rem; line-height: 1.6; margin: 0 0 .4em; }
p.deep { margin-left: 1em; } p.deeper { margin-left: 2em; }
table { border-collapse: collapse; width: 100%; margin: 1em 0; font-size: .95rem;
  line-height: 1.5; }
th, td { border: 1px solid var(--line); padding: .35em .6em; text-align: left;
  vertical-align: top; }
th { font-weight: 600; background: #faf8f4; }
.center { text-align: center; } .right { text-align: right; white-space: nowrap; }
.scroll { overflow-x: auto; }
.form { table-layout: fixed; margin: .4em 0 1em; }
.form th, .form td { border-color: var(--ink); vertical-align: middle; white-space: normal; }
.form th { background: none; text-align: center; padding: .35em .2em; }
.form .foot { text-align: right; margin-top: .6em; }
figure { margin: 1em 0 1.5em; overflow-x: auto; }
figure svg { display: block; width: 100%; min-width: 30rem; height: auto; }
figcaption { text-align: center; font-size: .95rem; font-weight: 600; }
a { color: var(--link); text-decoration: underline; text-decoration-thickness: 1px;
  text-underline-offset: .2em; }
a:focus-visible, summary:focus-visible { outline: 2px solid var(--link); outline-offset: 2px; }
.attachments { margin-top: 1.5em; }
.signature { display: flex; justify-content: flex-end; margin: 2.5em 2em 0 0; break-inside: avoid; }
.signature p { text-indent: 0; margin: 0; }
.signature .day { padding-left: 2em; }
hr { border: 0; border-top: 1px solid var(--line); margin: 2em 0; }
.evidence { border-top: 3px double var(--line); margin-top: 3.5rem; padding-top: 1.5rem;
  font-family: system-ui, "PingFang SC", "Microsoft YaHei", "Noto Sans CJK SC", sans-serif;
  font-size: .95rem; line-height: 1.6; }
.evidence h2, .evidence h3 { font: inherit; text-indent: 0; font-weight: 600; }
.evidence h2 { font-size: 1.15rem; margin-top: 0; }
.evidence h3 { margin: 0 0 .2rem; }
.evidence p { text-indent: 0; text-align: left; }
.evidence article { padding: .9rem 0 .2rem; border-top: 1px solid var(--line);
  scroll-margin-top: .5rem; }
.evidence article:target { background: #fdf6e3; box-shadow: 0 0 0 .5rem #fdf6e3; }
.evidence .value { color: var(--link); font-weight: 600; }
.definition, .back { color: var(--faint); font-size: .85rem; }
.evidence summary { cursor: pointer; font-size: .85rem; color: var(--link); padding: .4em 0; }
.evidence ul { list-style: none; margin: .3em 0 .8em; padding: 0; font-size: .85rem; }
.evidence li { margin-bottom: .4em; }
.where { color: var(--faint); display: block; }
code { font-family: ui-monospace, "Noto Sans Mono CJK SC", Consolas, monospace; font-size: .92em; }
footer { color: var(--faint); font-size: .8rem; margin-top: 2rem; }
@media (max-width: 46rem) {
  body { font-size: 1.0625rem; background: var(--paper); }
  main { padding: 1.5rem 1.15rem 3rem; }
  h1 { font-size: 1.4rem; } h2, h3, h4, h5 { font-size: 1.0625rem; }
  p { text-align: left; }
  .signature { margin-right: 0; }
  table { font-size: .85rem; }
}
@page { size: A4; margin: 37mm 26mm 35mm 28mm; }
@media print {
  body { background: none; font-size: 15.75pt; line-height: 28.98pt; }
  main { max-width: none; padding: 0; }
  h1 { font-size: 22pt; }
  h2, h3, h4, h5 { font-size: 15.75pt; line-height: 28.98pt; margin: 0; }
  p { margin: 0; } p:has(+ .attachments), p:has(+ .signature), .attachments { break-after: avoid; }
  .signature { margin-top: 28.98pt; break-before: avoid; }
  a { color: inherit; text-decoration: none; }
  .evidence { break-before: page; border: 0; margin: 0; padding: 0; font-size: 9pt;
    line-height: 1.4; columns: 2; column-gap: 8mm; }
  .evidence h2 { column-span: all; font-size: 16pt; }
  .evidence article { padding: 1.5mm 0 0; }
  .evidence ul, .evidence summary, .definition { font-size: 8pt; }
  .evidence ul { margin: 0 0 1mm; } .evidence li { margin: 0; } .evidence summary { padding: 0; }
  .evidence article:target { background: none; box-shadow: none; }
  .back { display: none; }
  details:not([open])::details-content { content-visibility: visible; block-size: auto; }
  li, tr, figure, .evidence h3 { break-inside: avoid; }
}
"""

FORM_CSS = """
@page { size: A4; margin: 22mm 20mm 20mm 25mm; }
h1 { margin-bottom: 1rem; }
@media print {
  body, .form { font-size: 12pt; line-height: 1.4; }
  p { line-height: 1.6; } p.line, p.notice { font-size: 12pt; line-height: 1.4; }
  .form { line-height: 1.3; margin: 0 0 2mm; } .form th, .form td { padding: .8mm 1.4mm; }
  .form .foot { margin-top: 1mm; }
}
"""
"""What a form (:data:`jzy.model.document.FORM`) has otherwise."""
