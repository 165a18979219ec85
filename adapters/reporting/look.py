"""How the page looks and how its charts come alive: a style sheet and a short script."""

from typing import Final

STYLE: Final = """
:root{color-scheme:light dark;--ground:#f6f7f9;--card:#fff;--ink:#16202e;--quiet:#5b6676;
--edge:#e2e6ec;--grid:#e9ecf1;--link:#2563c9;--good:#087f5b;--bad:#c92a35;--bar:#3b7ddd38;
--cautious:#eab308;--protective:#f97316;--emergency:#e5484d}
@media(prefers-color-scheme:dark){:root{--ground:#0e131b;--card:#161d28;--ink:#e6eaf0;
--quiet:#97a3b6;--edge:#273142;--grid:#222c3b;--link:#7eb0ff;--good:#3ecf9f;--bad:#ff7b80;
--bar:#5b9bff3d}}
*{box-sizing:border-box}
html{scroll-behavior:smooth;scroll-padding-top:3.5rem;-webkit-text-size-adjust:100%}
body{margin:0;background:var(--ground);color:var(--ink);
font:15px/1.5 system-ui,-apple-system,"Segoe UI",Roboto,"DejaVu Sans",sans-serif}
header,main,footer{max-width:1120px;margin:0 auto;padding:0 1rem}
header{padding-top:1.6rem}
h1{font-size:1.5rem;line-height:1.2;margin:0 0 .3rem;letter-spacing:-.01em;overflow-wrap:anywhere}
h2{font-size:1.1rem;margin:0 0 .7rem}
h3{font-size:.92rem;margin:1.3rem 0 .4rem;color:var(--quiet);font-weight:600}
nav{position:sticky;top:0;z-index:5;background:var(--ground);border-bottom:1px solid var(--edge);
margin-top:1rem}
nav ul{display:flex;gap:1.1rem;max-width:1120px;margin:0 auto;padding:.55rem 1rem;list-style:none;
overflow-x:auto;white-space:nowrap;font-size:.88rem;scrollbar-width:none}
nav a{color:var(--quiet);text-decoration:none}
nav a:hover,nav a:focus-visible{color:var(--link)}
section{background:var(--card);border:1px solid var(--edge);border-radius:10px;
padding:1.1rem 1.2rem;margin:1rem 0}
.hint{color:var(--quiet);font-size:.87rem;margin:.35rem 0;max-width:75ch}
.chips{display:flex;flex-wrap:wrap;gap:.4rem;padding:0;margin:.6rem 0 0;list-style:none}
.chips li{border:1px solid var(--edge);border-radius:99px;padding:.05rem .65rem;font-size:.82rem;
background:var(--card)}
.good{color:var(--good)}.bad{color:var(--bad)}.dim{color:var(--quiet)}
.cards{display:grid;grid-template-columns:repeat(auto-fill,minmax(195px,1fr));gap:.7rem;
margin:1.1rem 0 0}
.card{background:var(--card);border:1px solid var(--edge);border-radius:10px;padding:.7rem .9rem}
.card dt{color:var(--quiet);font-size:.82rem}
.card dd{margin:0;font-size:1.3rem;font-weight:600;font-variant-numeric:tabular-nums;
letter-spacing:-.01em}
.card small{display:block;color:var(--quiet);font-size:.78rem;font-weight:400;letter-spacing:0;
min-height:1.2em}
.scroll{overflow-x:auto;margin:0 -.3rem}
table{border-collapse:collapse;width:100%;font-size:.88rem;font-variant-numeric:tabular-nums}
th,td{text-align:right;padding:.34rem .6rem;border-bottom:1px solid var(--edge);
white-space:nowrap;font-weight:400;position:relative}
thead th{color:var(--quiet);font-size:.79rem;vertical-align:bottom}
th.word,td.word{text-align:left}
tbody tr:last-child>*{border-bottom:0}
tbody tr:hover{background:var(--ground)}
tfoot th,tfoot td{border-top:2px solid var(--edge);border-bottom:0;font-weight:600}
td.meter{width:38%;text-align:left;min-width:130px}
.bar{position:absolute;left:0;top:14%;bottom:14%;background:var(--bar);border-radius:3px}
.gain{background:color-mix(in srgb,var(--good) 13%,transparent)}
.gain-more{background:color-mix(in srgb,var(--good) 30%,transparent)}
.loss{background:color-mix(in srgb,var(--bad) 13%,transparent)}
.loss-more{background:color-mix(in srgb,var(--bad) 30%,transparent)}
.strong{font-weight:600}
.chart{width:100%;min-width:0;overflow:hidden}
.legend{display:flex;flex-wrap:wrap;gap:.2rem 1.1rem;padding:0;margin:.2rem 0 .3rem;
list-style:none;font-size:.82rem;color:var(--quiet)}
.legend i{display:inline-block;width:.8em;height:.8em;border-radius:3px;margin-right:.4em;
vertical-align:-.05em}
i.line-good{background:#12a37c}i.line-bad{background:#e5484d}i.line-main{background:#3b7ddd}
i.line-quiet{background:#8a94a6}
i.cautious{background:var(--cautious);opacity:.55}i.protective{background:var(--protective);
opacity:.6}i.emergency{background:var(--emergency);opacity:.7}
details{border-top:1px solid var(--edge);padding:.5rem 0}
details:first-of-type{border-top:0}
summary{cursor:pointer;font-weight:600;font-size:.92rem}
.facts{margin:0;display:grid;gap:.3rem}
.facts div{display:grid;grid-template-columns:minmax(110px,190px) 1fr;gap:.2rem 1rem}
.facts dt{color:var(--quiet)}
.facts dd{margin:0;overflow-wrap:anywhere}
.sum{font-family:ui-monospace,"SF Mono",Menlo,Consolas,"DejaVu Sans Mono",monospace;
font-size:.86rem;overflow-wrap:anywhere;line-height:1.8;margin:.2rem 0 .8rem}
.sum small{color:var(--quiet);font-size:.76rem;margin-right:.25rem}
.sum span{white-space:nowrap}
.unseen{position:absolute;width:1px;height:1px;overflow:hidden;clip-path:inset(50%);
white-space:nowrap}
footer{color:var(--quiet);font-size:.82rem;padding-bottom:2.5rem}
:focus-visible{outline:2px solid var(--link);outline-offset:2px}
@media(max-width:600px){.facts div{grid-template-columns:1fr;gap:0}section{padding:.9rem .8rem}
.cards{grid-template-columns:1fr 1fr}.card dd{font-size:1.1rem}}
@media print{nav{display:none}section{break-inside:avoid}}
"""

SCRIPT: Final = """
(() => {
  const root = document.documentElement;
  const colour = name => getComputedStyle(root).getPropertyValue(name).trim();
  const isAxis = key => /^[xy]axis\\d*$/.test(key);
  const specs = new Map();
  document.querySelectorAll('script[data-chart]').forEach(script =>
    specs.set(document.getElementById(script.dataset.chart), script));
  const dressed = layout => {
    const look = {
      ...layout, autosize: true, paper_bgcolor: 'rgba(0,0,0,0)', plot_bgcolor: 'rgba(0,0,0,0)',
      font: {color: colour('--quiet'), size: 12,
        family: getComputedStyle(document.body).fontFamily},
      hoverlabel: {bgcolor: colour('--card'), bordercolor: colour('--edge'),
        font: {color: colour('--ink'), size: 12}, align: 'left'},
      modebar: {bgcolor: 'rgba(0,0,0,0)', color: colour('--edge'), activecolor: colour('--quiet')},
      dragmode: matchMedia('(pointer: coarse)').matches ? false : 'zoom',
    };
    for (const key of Object.keys(look).filter(isAxis)) {
      look[key] = {...look[key], gridcolor: colour('--grid'), linecolor: colour('--edge'),
        zerolinecolor: colour('--edge'), automargin: false,
        title: {...look[key].title, standoff: 6}};
    }
    return look;
  };
  const drawn = new Map();
  const sized = new ResizeObserver(entries => entries.forEach(({target}) => {
    if (target.clientWidth) Plotly.Plots.resize(target);
  }));
  const draw = box => {
    if (drawn.has(box) || !box.clientWidth) return;
    const spec = JSON.parse(specs.get(box).textContent);
    drawn.set(box, spec);
    Plotly.newPlot(box, spec.data, dressed(spec.layout), {
      displaylogo: false, scrollZoom: false,
      // By name: the library's own choice has a button that sends the data to its maker.
      modeBarButtons: [['toImage', 'zoom2d', 'pan2d', 'resetScale2d']], plotlyServerURL: '',
    });
    sized.observe(box);
  };
  // Charts far down the page wait until they are nearly in sight.
  const watch = new IntersectionObserver(entries => entries.forEach(entry => {
    if (entry.isIntersecting) { watch.unobserve(entry.target); draw(entry.target); }
  }), {rootMargin: '800px'});
  specs.forEach((_, box) => watch.observe(box));
  addEventListener('beforeprint', () => specs.forEach((_, box) => draw(box)));
  matchMedia('(prefers-color-scheme: dark)').addEventListener('change', () =>
    drawn.forEach((spec, box) => Plotly.react(box, spec.data, dressed(spec.layout))));
})();
"""
