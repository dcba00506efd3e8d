/** The one look of the hosted pages: system font, one card, light and dark by the reader's choice. */
export const style = `
:root { color-scheme: light dark; --ink: #16181d; --soft: #5b6270; --paper: #fff; --ground: #f5f6f8; --line: #d9dce3; --edge: #7a8090; --accent: #2f5bea; --good: #11703d; --bad: #b3261e }
@media (prefers-color-scheme: dark) { :root { --ink: #eceef2; --soft: #a3aab8; --paper: #1b1e25; --ground: #121419; --line: #353b47; --edge: #7d8494; --accent: #7d9bff; --good: #5fd38f; --bad: #ff8a80 } }
* { box-sizing: border-box }
body { margin: 0; min-height: 100vh; display: grid; place-items: center; padding: 24px; background: var(--ground); color: var(--ink); font: 16px/1.5 system-ui, sans-serif }
main { width: 100%; max-width: 400px; padding: 32px; background: var(--paper); border: 1px solid var(--line); border-radius: 16px }
h1 { margin: 0 0 4px; font-size: 22px; line-height: 1.25 }
p { margin: 0 0 20px; color: var(--soft) }
label { display: block; margin-bottom: 6px; font-weight: 600 }
input[type=password], input[type=text] { width: 100%; padding: 11px 12px; font: inherit; color: inherit; background: var(--paper); border: 1px solid var(--edge); border-radius: 10px }
input:focus-visible, button:focus-visible { outline: 3px solid var(--accent); outline-offset: 2px }
button { width: 100%; margin-top: 16px; padding: 12px; font: inherit; font-weight: 600; color: var(--paper); background: var(--ink); border: 0; border-radius: 10px; cursor: pointer }
button[aria-disabled=true] { opacity: .55; cursor: default }
[aria-invalid=true] { border-color: var(--bad) }
.check { display: flex; gap: 8px; align-items: center; margin: 12px 0 0; font-weight: 400 }
.hint { margin: 6px 0 0; font-size: 14px }
#message { margin: 16px 0 0; font-weight: 500 }
#message:empty { display: none }
#message:focus { outline: none }
#message.good { color: var(--good) }
#message.bad { color: var(--bad) }
form[hidden] { display: none }
`
