/** The page's looks: one sheet, no font and no picture from elsewhere. Contrasts are WCAG AA in both schemes. */
export const STYLE = `
:root{color-scheme:light dark;--text:#1b1f24;--soft:#4d5761;--page:#fff;--panel:#f4f6f8;--line:#c9d1d9;--accent:#0b57a4;--quiet:#8a96a3;
--better:#17692e;--worse:#b3261e;--unsure:#5b6570;--mark:#ffd8a8;--mark-text:#3d1d00}
@media(prefers-color-scheme:dark){:root{--text:#e6e9ed;--soft:#adb6c0;--page:#14181d;--panel:#1e242b;--line:#3c4651;--accent:#7db7f5;--quiet:#7c8895;
--better:#6fce8a;--worse:#ff9d94;--unsure:#adb6c0;--mark:#7a4a00;--mark-text:#fff}}
*{box-sizing:border-box}
body{margin:0;background:var(--page);color:var(--text);font:16px/1.5 system-ui,-apple-system,"Segoe UI",Roboto,sans-serif}
main,header,footer{max-width:70rem;margin:0 auto;padding:0 1rem}
header{padding-top:1.5rem}footer{padding:1rem 1rem 3rem;color:var(--soft);font-size:.875rem}
h1{font-size:1.6rem;line-height:1.25;margin:0 0 .75rem}h2{font-size:1.25rem;margin:2.5rem 0 .5rem;padding-top:1rem;border-top:1px solid var(--line)}
h3{font-size:1rem;margin:1.5rem 0 .5rem}p{margin:.5rem 0;max-width:65ch}
a{color:var(--accent)}
.lead{font-size:1.125rem;max-width:60ch}
.said{display:inline-block;border:2px solid currentColor;border-radius:.4rem;padding:.1rem .6rem;font-weight:600}
.promote,.better{color:var(--better)}.reject,.worse{color:var(--worse)}.hold,.unsure{color:var(--unsure)}
nav ul{display:flex;flex-wrap:wrap;gap:.5rem 1rem;padding:0;margin:1rem 0;list-style:none}
.note{color:var(--soft);font-size:.9375rem}
.wide{overflow-x:auto}
table{border-collapse:collapse;min-width:44rem;font-variant-numeric:tabular-nums;font-size:.9375rem;margin:.5rem 0}
caption{text-align:left;color:var(--soft);padding:.25rem 0}
th,td{text-align:left;vertical-align:top;padding:.35rem .7rem;border-bottom:1px solid var(--line)}
td.n,th.n{text-align:right;white-space:nowrap}td.interval{white-space:nowrap}th[scope=rowgroup]{background:var(--panel)}
tr.decides th,tr.decides td{font-weight:700}
figure{margin:1rem 0}figure svg{max-width:100%;height:auto;display:block}figcaption{color:var(--soft);font-size:.9375rem}
.card{border:1px solid var(--line);border-radius:.5rem;padding:.75rem 1rem;margin:1rem 0;background:var(--panel)}
.card h3,.card h4{margin:0 0 .5rem;font-size:1rem;overflow-wrap:anywhere}
.pair{display:grid;grid-template-columns:1fr 1fr;gap:1rem}
@media(max-width:40rem){.pair{grid-template-columns:1fr}th,td{padding:.3rem .4rem}}
.pair>div,.full{min-width:0}
.label{font-size:.875rem;font-weight:600;margin:.6rem 0 0}
.said-by{white-space:pre-wrap;overflow-wrap:anywhere;overflow:hidden;unicode-bidi:isolate;background:var(--page);border-left:4px solid var(--line);padding:.4rem .6rem;margin:.2rem 0}
.worse-box .after{border-color:var(--worse)}.better-box .after{border-color:var(--better)}
.none{font-style:italic;color:var(--soft)}
mark{background:var(--mark);color:var(--mark-text);padding:0 .1em;font-weight:600}
code{overflow-wrap:anywhere}summary{cursor:pointer;padding:.25rem 0}header>ul{padding-left:1.2rem}
code,pre{font-family:ui-monospace,SFMono-Regular,Menlo,Consolas,monospace;font-size:.9em}
pre{background:var(--panel);border:1px solid var(--line);padding:.6rem .8rem;border-radius:.4rem;white-space:pre-wrap;overflow-wrap:anywhere}
dl{margin:.5rem 0}dt{font-weight:600}dd{margin:0 0 .5rem}
li{margin:.3rem 0;max-width:75ch}
@media print{.card{break-inside:avoid}}
`;
