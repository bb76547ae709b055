/* eslint @typescript-eslint/no-deprecated: "off" -- The older form of a dashboard: every Grafana from 10 on imports it. */
import {
  AnnotationQueryBuilder,
  DashboardBuilder,
  DashboardCursorSync,
  DashboardLinkBuilder,
  DashboardLinkType,
  RowBuilder,
  type Dashboard,
} from '@grafana/grafana-foundation-sdk/dashboard';
import { CAPACITY } from './capacity.js';
import type { DashboardDefinition, RowDefinition } from './definition.js';
import { ENDPOINT } from './endpoint.js';
import { KAFKA } from './kafka.js';
import { OVERVIEW } from './overview.js';
import { heightOf, panel } from './panels.js';
import { PIPELINE } from './pipeline.js';
import { RETRIES } from './retries.js';
import { PROMETHEUS, runbooksVariable, variable } from './variables.js';

/** In the order in which somebody looks for a cause. */
export const DASHBOARDS: readonly DashboardDefinition[] = [OVERVIEW, PIPELINE, RETRIES, ENDPOINT, KAFKA, CAPACITY];

const TAG = 'signpost';
const COLUMNS = 24;

/** A dashboard as Grafana imports it. */
export function dashboard(definition: DashboardDefinition): Dashboard {
  const isLive = definition.variables.includes('datasource');
  const builder = new DashboardBuilder(definition.title)
    .uid(definition.uid)
    .description(definition.about)
    .tags([TAG])
    .readonly()
    .timezone('browser')
    .tooltip(DashboardCursorSync.Crosshair)
    .time({ from: 'now-1h', to: 'now' })
    .refresh(isLive ? '30s' : '')
    .variables([...definition.variables.map(variable), runbooksVariable()])
    .links([
      new DashboardLinkBuilder('Signpost')
        .type(DashboardLinkType.Dashboards)
        .tags([TAG])
        .asDropdown(false)
        .includeVars(true)
        .keepTime(true),
    ]);
  if (isLive) builder.annotation(alerts());
  let top = 0;
  let id = 1;
  for (const row of definition.rows) {
    builder.withRow(new RowBuilder(row.question).id(id).gridPos({ x: 0, y: top, w: COLUMNS, h: 1 }));
    id += 1;
    for (const { panelDefinition, ...place } of placed(row, top + 1)) {
      builder.withPanel(panel(panelDefinition, { ...place, id }));
      id += 1;
      top = Math.max(top, place.y + place.h);
    }
  }
  return builder.build();
}

/** What deploy/grafana/dashboards holds. */
export function dashboardJson(definition: DashboardDefinition): string {
  return `${JSON.stringify(dashboard(definition), null, 2)}\n`;
}

/** Side by side from left to right, in lines as high as the highest of them. */
function placed(row: RowDefinition, top: number) {
  let [x, y, height] = [0, top, 0];
  return row.panels.map((panelDefinition) => {
    if (x + panelDefinition.width > COLUMNS) [x, y, height] = [0, y + height, 0];
    const h = heightOf(panelDefinition);
    const place = { panelDefinition, x, y, h };
    x += panelDefinition.width;
    height = Math.max(height, h);
    return place;
  });
}

/** When alerts fired, as marks on every graph. */
function alerts(): AnnotationQueryBuilder {
  return new AnnotationQueryBuilder()
    .name('Alerts')
    .datasource(PROMETHEUS)
    .enable(true)
    .iconColor('red')
    .expr('ALERTS{alertstate="firing", alertname=~"Signpost.*"}')
    .titleFormat('{{alertname}}')
    .textFormat('{{severity}}');
}
