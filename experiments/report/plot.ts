import { Error as OnlyErrors, parse, View } from 'vega';
import { compile, type TopLevelSpec } from 'vega-lite';
import type { Plot, Table } from '../experiments/experiment';

/** Wide enough to read, narrow enough for a column of text. */
const WIDTH = 560;

/** Draw a plot as SVG, with the table's rows as its data. */
export async function drawPlot(plot: Plot, table: Table): Promise<string> {
  const values = table.rows.map((row) => Object.fromEntries(table.columns.map((name, column) => [name, row[column]])));
  const spec = { width: WIDTH, ...plot.spec, data: { values }, background: 'white' } as unknown as TopLevelSpec;
  const view = new View(parse(compile(spec).spec), { renderer: 'none', logLevel: OnlyErrors });
  return view.toSVG();
}
