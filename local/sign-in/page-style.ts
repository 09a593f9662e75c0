// The style sheet of all pages. System fonts, light and dark, visible focus, no images.

export const PAGE_STYLE = `
:root { --ink: #1b1f24; --quiet: #57606a; --line: #d0d7de; --ground: #f6f8fa; --sheet: #fff; --accent: #0a5bbf; --on-accent: #fff; }
@media (prefers-color-scheme: dark) {
  :root { --ink: #e6edf3; --quiet: #9da7b3; --line: #3d444d; --ground: #0d1117; --sheet: #161b22; --accent: #7db7ff; --on-accent: #0d1117; }
}
* { box-sizing: border-box; }
body { margin: 0; min-height: 100vh; padding: 6vh 1rem 2rem; background: var(--ground); color: var(--ink);
  font: 1rem/1.5 system-ui, -apple-system, "Segoe UI", Roboto, sans-serif; }
main { max-width: 30rem; margin: 0 auto; padding: clamp(1.25rem, 6vw, 2rem); background: var(--sheet); border: 1px solid var(--line); border-radius: .75rem; }
h1 { margin: 0 0 .5rem; font-size: 1.5rem; line-height: 1.25; font-weight: 650; letter-spacing: -.01em; text-wrap: balance; }
p { margin: 0 0 1rem; }
.quiet { color: var(--quiet); font-size: .9rem; }
dl { margin: 1.25rem 0; padding: 1rem 0; border: solid var(--line); border-width: 1px 0; display: grid; gap: .75rem; }
dt { color: var(--quiet); font-size: .85rem; }
dd { margin: 0; overflow-wrap: anywhere; }
dd ul { margin: .25rem 0 0; padding: 0; list-style: none; display: grid; gap: .25rem; }
dd li { display: flex; flex-wrap: wrap; align-items: baseline; column-gap: .75rem; }
dd li code { padding: .1rem .4rem; border-radius: .25rem; background: var(--ground); }
dd li span { color: var(--quiet); font-size: .95rem; }
code { font: .875em ui-monospace, SFMono-Regular, Menlo, Consolas, monospace; }
fieldset { margin: 0; padding: 0; border: 0; display: grid; gap: .75rem; }
legend { padding: 0; margin-bottom: .75rem; font-weight: 600; }
button { font: inherit; color: inherit; cursor: pointer; padding: .7rem 1rem; border: 1px solid var(--line); border-radius: .5rem; background: transparent; }
button:hover { border-color: var(--accent); }
button:focus-visible { outline: 3px solid var(--accent); outline-offset: 2px; }
.person { display: flex; align-items: center; gap: 1rem; width: 100%; text-align: left; }
div.person { margin: 1rem 0 1.25rem; }
.who { min-width: 0; overflow-wrap: anywhere; }
.line { display: block; color: var(--quiet); font-size: .9rem; line-height: 1.4; }
.initials { flex: none; width: 2.75rem; height: 2.75rem; border-radius: 50%; display: grid; place-items: center;
  background: var(--accent); color: var(--on-accent); font-weight: 600; }
.tag { margin-left: .35rem; padding: .05rem .5rem; border: 1px solid var(--line); border-radius: 1rem; color: var(--quiet); font-size: .8rem; white-space: nowrap; display: inline-block; }
fieldset + fieldset { margin-top: 1.5rem; }
label { display: block; margin-bottom: .5rem; }
form + form { margin-top: 1.75rem; }
select { font: inherit; color: inherit; width: 100%; padding: .5rem .75rem; border: 1px solid var(--line); border-radius: .5rem; background: var(--sheet); }
select:focus-visible { outline: 3px solid var(--accent); outline-offset: 2px; }
button.main { background: var(--accent); border-color: var(--accent); color: var(--on-accent); font-weight: 600; }
button.main:hover { text-decoration: underline; }
button.plain { border-color: transparent; color: var(--quiet); }
.choices { display: flex; flex-wrap: wrap; gap: .75rem; margin-top: 1.25rem; }
.choices button { flex: 1 1 8rem; }
footer { max-width: 30rem; margin: 1rem auto 0; text-align: center; text-wrap: balance; color: var(--quiet); font-size: .85rem; }
`;
