import type { Cell, Table } from '../experiments/experiment';
import { groupDigits } from '../table';
import { drawPlot } from './plot';
import type { Result } from './result';

const STYLE = `
body { font: 16px/1.5 system-ui, sans-serif; max-width: 76rem; margin: 2rem auto; padding: 0 1rem; color: #222; }
h1 { font-size: 1.6rem; } h2 { font-size: 1.35rem; margin-top: 3rem; border-bottom: 1px solid #bbb; }
h3 { font-size: 1.05rem; margin-top: 2rem; }
p, li { max-width: 56rem; }
.wide { overflow-x: auto; }
table { border-collapse: collapse; font-size: 0.85rem; }
th, td { border-bottom: 1px solid #ddd; padding: 0.2rem 0.7rem; text-align: right; white-space: nowrap; }
th:first-child, td:first-child { text-align: left; }
td a, li li a, section li a { color: inherit; text-decoration: none; }
td a:hover, li a:hover { text-decoration: underline; }
.index > li { margin-top: 0.8rem; } .index ul { font-size: 0.85rem; color: #555; }
tbody tr:hover { background: #f3f6fa; }
thead th { position: sticky; top: 0; background: #fff; }
pre { max-height: 24rem; font-size: 0.75rem; background: #f6f6f6; padding: 1rem; overflow: auto; }
pre span:target { background: #ffdf6b; }
svg { max-width: 100%; height: auto; }
`;

/** One page with everything in it: no network, no scripts. Each number of a table leads to its place in the JSON. */
export async function renderHtml(results: readonly Result[]): Promise<string> {
  const sections = await Promise.all(results.map(renderSection));
  const title = results.length === 1 ? `selfio: ${results[0]!.experiment}` : 'selfio: experiments';
  return [
    '<!doctype html>',
    '<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">',
    `<title>${title}</title><style>${STYLE}</style></head><body>`,
    `<h1>${title}</h1>`,
    ...(results.length > 1 ? [renderIndex(results)] : []),
    ...sections,
    '</body></html>',
    '',
  ].join('\n');
}

/** What each experiment asks and what came out, with the way to its section. */
function renderIndex(results: readonly Result[]): string {
  const { configuration, versions } = results[0]!;
  const entries = results.map(
    ({ experiment, question, statements }) =>
      `<li><a href="#${experiment}"><b>${experiment}</b></a>: ${escapeHtml(question)}` +
      `<ul>${statements.map((text, index) => renderStatement(text, `${experiment}/statements/${index}`)).join('')}</ul></li>`,
  );
  return [
    '<p>Where should the devices of a virtual machine be emulated? The same guests and the same device models under each placement; time is',
    'virtual and charged from cost models. Each number and each sentence leads to its place in the JSON.</p>',
    `<p>Seed ${configuration.seed}. selfio ${versions.selfio}, Node ${versions.node}.</p>`,
    `<ol class="index">${entries.join('\n')}</ol>`,
  ].join('\n');
}

/** A sentence leads to itself in the JSON, and from there to the tables that its numbers were computed from. */
function renderStatement(text: string, path: string): string {
  return `<li><a href="#${path}">${escapeHtml(text)}</a></li>`;
}

async function renderSection(result: Result): Promise<string> {
  const { experiment, configuration, versions } = result;
  const plots = await Promise.all(
    result.plots.map(
      async (plot) => `<h3>${escapeHtml(plot.title)}</h3>${await drawPlot(plot, result.tables[plot.table]!)}`,
    ),
  );
  const models = configuration.costModels.map(({ name }) => name).join(', ');
  return [
    `<section id="${experiment}"><h2>${experiment}</h2>`,
    `<p><b>Question.</b> ${escapeHtml(result.question)}</p><p><b>Method.</b> ${escapeHtml(result.method)}</p>`,
    '<p><b>Result.</b></p><ul>',
    ...result.statements.map((text, index) => renderStatement(text, `${experiment}/statements/${index}`)),
    '</ul>',
    ...plots,
    ...result.tables.map((table, index) => renderHtmlTable(table, `${experiment}/tables/${index}`)),
    `<h3>Configuration</h3><p>Cost models: ${escapeHtml(models)}. Seed ${configuration.seed}. selfio ${versions.selfio}, `,
    `Node ${versions.node}. Discussion: ${result.discussion}.</p>`,
    `<details open><summary>JSON</summary><pre>${renderJson(result, experiment, '')}</pre></details></section>`,
  ].join('\n');
}

function renderHtmlTable({ title, columns, rows }: Table, path: string): string {
  const head = columns.map((name) => `<th>${escapeHtml(name)}</th>`).join('');
  const body = rows.map((row, index) => {
    const cells = row.map((cell, column) => `<td>${renderCell(cell, `${path}/rows/${index}/${column}`)}</td>`);
    return `<tr>${cells.join('')}</tr>`;
  });
  return `<h3>${escapeHtml(title)}</h3><div class="wide"><table><thead><tr>${head}</tr></thead><tbody>${body.join('')}</tbody></table></div>`;
}

function renderCell(cell: Cell, path: string): string {
  return typeof cell === 'number' ? `<a href="#${path}">${groupDigits(cell)}</a>` : escapeHtml(cell);
}

/** JSON in which each number and each statement has its path as an anchor. */
function renderJson(value: unknown, path: string, indent: string): string {
  const deeper = `${indent}  `;
  if (typeof value === 'number') return `<span id="${escapeHtml(path)}">${value}</span>`;
  if (typeof value !== 'object' || value === null) {
    const text = escapeHtml(JSON.stringify(value));
    return path.includes('/statements/') ? `<span id="${escapeHtml(path)}">${text}</span>` : text;
  }
  if (Array.isArray(value)) {
    const items = value.map((item, index) => renderJson(item, `${path}/${index}`, deeper));
    const flat = value.every((item) => typeof item !== 'object');
    return flat ? `[${items.join(', ')}]` : `[\n${deeper}${items.join(`,\n${deeper}`)}\n${indent}]`;
  }
  const members = Object.entries(value).map(
    ([name, member]) => `${escapeHtml(JSON.stringify(name))}: ${renderJson(member, `${path}/${name}`, deeper)}`,
  );
  return `{\n${deeper}${members.join(`,\n${deeper}`)}\n${indent}}`;
}

const ENTITIES: Record<string, string> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' };

function escapeHtml(text: string): string {
  return text.replace(/[&<>"]/g, (character) => ENTITIES[character]!);
}
