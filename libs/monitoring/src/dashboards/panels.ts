import type { Builder, Dataquery } from '@grafana/grafana-foundation-sdk/cog';
import {
  BigValueColorMode,
  BigValueGraphMode,
  GraphGradientMode,
  GraphThresholdsStyleConfigBuilder,
  GraphThresholdsStyleMode,
  LegendDisplayMode,
  LegendPlacement,
  ReduceDataOptionsBuilder,
  SortOrder,
  StackingConfigBuilder,
  StackingMode,
  TooltipDisplayMode,
  VisibilityMode,
  VizLegendOptionsBuilder,
  VizTooltipOptionsBuilder,
} from '@grafana/grafana-foundation-sdk/common';
import {
  DashboardLinkBuilder,
  DashboardLinkType,
  ThresholdsConfigBuilder,
  ThresholdsMode,
  type Panel,
} from '@grafana/grafana-foundation-sdk/dashboard';
import { DataqueryBuilder, PromQueryFormat } from '@grafana/grafana-foundation-sdk/prometheus';
import { PanelBuilder as StatBuilder } from '@grafana/grafana-foundation-sdk/stat';
import { PanelBuilder as TableBuilder } from '@grafana/grafana-foundation-sdk/table';
import { PanelBuilder as TimeseriesBuilder } from '@grafana/grafana-foundation-sdk/timeseries';
import type { PanelDefinition, PanelQuery, SqlQuery } from './definition.js';
import { runbookTitle, runbookUrl } from './runbooks.js';
import { POSTGRESQL, PROMETHEUS } from './variables.js';

export interface Place {
  readonly id: number;
  readonly x: number;
  readonly y: number;
  readonly h: number;
}

/** How high a panel is, in rows of Grafana's grid. */
export const heightOf = ({ shape }: PanelDefinition): number => (shape === 'number' ? 5 : 8);

export function panel(definition: PanelDefinition, place: Place): Builder<Panel> {
  switch (definition.shape) {
    case 'lines':
    case 'stacked':
      return lines(definition, place);
    case 'number':
      return common(new StatBuilder(), definition, place)
        .reduceOptions(new ReduceDataOptionsBuilder().calcs(['lastNotNull']))
        .colorMode(definition.thresholds === undefined ? BigValueColorMode.None : BigValueColorMode.Value)
        .graphMode(BigValueGraphMode.Area);
    case 'table':
      return tabular(definition, place);
  }
}

type AnyBuilder = StatBuilder | TableBuilder | TimeseriesBuilder;

function common<B extends AnyBuilder>(builder: B, definition: PanelDefinition, { id, x, y, h }: Place): B {
  const { title, normal, otherwise, unit, queries, runbook, width, thresholds = [] } = definition;
  const steps = thresholds.map(([value, color]) => ({ value: Number.isFinite(value) ? value : null, color }));
  const based = steps[0]?.value === null ? steps : [{ value: null, color: 'green' }, ...steps];
  builder
    .id(id)
    .title(title)
    .description(`Normal: ${normal}\n\nOtherwise: ${otherwise}`)
    .gridPos({ x, y, w: width, h })
    .unit(unit)
    .noValue('nothing')
    .datasource(queries[0].kind === 'sql' ? POSTGRESQL : PROMETHEUS)
    .links([
      new DashboardLinkBuilder(runbookTitle(runbook))
        .type(DashboardLinkType.Link)
        .url(runbookUrl(runbook))
        .targetBlank(true),
    ])
    .thresholds(new ThresholdsConfigBuilder().mode(ThresholdsMode.Absolute).steps(based));
  if (definition.lowest === undefined) builder.min(0);
  if (definition.highest !== undefined) builder.max(definition.highest);
  for (const [at, query] of queries.entries()) builder.withTarget(target(query, at, definition.shape));
  return builder;
}

function lines(definition: PanelDefinition, place: Place): TimeseriesBuilder {
  const isStacked = definition.shape === 'stacked';
  const builder = common(new TimeseriesBuilder(), definition, place)
    .legend(
      new VizLegendOptionsBuilder()
        .displayMode(LegendDisplayMode.List)
        .placement(LegendPlacement.Bottom)
        .showLegend(true),
    )
    .tooltip(new VizTooltipOptionsBuilder().mode(TooltipDisplayMode.Multi).sort(SortOrder.Descending))
    .showPoints(VisibilityMode.Never)
    .gradientMode(GraphGradientMode.None)
    .lineWidth(1)
    .fillOpacity(isStacked ? 40 : 0)
    .stacking(new StackingConfigBuilder().mode(isStacked ? StackingMode.Normal : StackingMode.None).group('A'));
  if (definition.thresholds === undefined) return builder;
  return builder.thresholdsStyle(new GraphThresholdsStyleConfigBuilder().mode(GraphThresholdsStyleMode.Line));
}

function tabular(definition: PanelDefinition, place: Place): TableBuilder {
  const builder = common(new TableBuilder(), definition, place).showHeader(true);
  // The time of a look at Prometheus is the same in every line.
  builder.overrideByName('Time', [{ id: 'custom.hidden', value: true }]);
  for (const [column, unit] of Object.entries(definition.columnUnits ?? {})) {
    builder.overrideByName(column, [{ id: 'unit', value: unit }]);
  }
  for (const [column, url] of Object.entries(definition.columnLinks ?? {})) {
    builder.overrideByName(column, [{ id: 'links', value: [{ title: `To this ${column}`, url }] }]);
  }
  return builder;
}

function target(query: PanelQuery, at: number, shape: PanelDefinition['shape']): Builder<Dataquery> {
  const refId = String.fromCharCode('A'.charCodeAt(0) + at);
  if (query.kind === 'sql') return { build: () => sqlTarget(query, refId) };
  const builder = new DataqueryBuilder()
    .refId(refId)
    .datasource(PROMETHEUS)
    .expr(query.expression)
    .legendFormat(query.legend);
  return shape === 'table' ? builder.instant().format(PromQueryFormat.Table) : builder.range();
}

/** The SDK has no builder for PostgreSQL: this is what its data source reads. */
function sqlTarget({ sql, shape }: SqlQuery, refId: string): Dataquery {
  const content = { refId, datasource: POSTGRESQL, format: shape, rawQuery: true, editorMode: 'code', rawSql: sql };
  return { ...content, _implementsDataqueryVariant: () => undefined };
}
