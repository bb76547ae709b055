import { METRICS } from '@signpost/observability';
import type { Builder } from '@grafana/grafana-foundation-sdk/cog';
import {
  ConstantVariableBuilder,
  DatasourceVariableBuilder,
  IntervalVariableBuilder,
  QueryVariableBuilder,
  VariableRefresh,
  VariableSort,
  type VariableModel,
} from '@grafana/grafana-foundation-sdk/dashboard';
import type { VariableName } from './definition.js';

/** Whichever data source of its kind is chosen: none is named by an id of somebody's Grafana. */
export const PROMETHEUS = { type: 'prometheus', uid: '${datasource}' } as const;
export const POSTGRESQL = { type: 'grafana-postgresql-datasource', uid: '${database}' } as const;

/** Where docs/ can be read: docker-compose.yml has Grafana serve it. Another place is one variable on each dashboard. */
const RUNBOOKS_AT = '/public/signpost/docs/runbooks';

const ROLE = METRICS.processRole.name;
/** More are found by pasting an id. */
const MOST_LISTED = 1_000;

export const VARIABLE_QUERIES = {
  application: `SELECT name || ' (' || id || ')' AS __text, id AS __value FROM applications WHERE deleted_at IS NULL ORDER BY id DESC LIMIT ${String(MOST_LISTED)}`,
  endpoint: `SELECT id || ' ' || description AS __text, id AS __value FROM endpoints WHERE application_id = \${application:sqlstring} AND deleted_at IS NULL ORDER BY id DESC LIMIT ${String(MOST_LISTED)}`,
} as const;

export function variable(name: VariableName): Builder<VariableModel> {
  switch (name) {
    case 'datasource':
      return new DatasourceVariableBuilder(name).label('Prometheus').type('prometheus');
    case 'database':
      return new DatasourceVariableBuilder(name).label('PostgreSQL').type(POSTGRESQL.type);
    case 'job':
      return fromPrometheus(name, 'Installation', `label_values(${ROLE}, job)`);
    case 'role':
      return chosenFreely(fromPrometheus(name, 'Role', `label_values(${ROLE}{job="$job"}, role)`));
    case 'instance':
      return chosenFreely(
        fromPrometheus(name, 'Process', `query_result(${ROLE}{job="$job", role=~"$role"} == 1)`).regex(
          '/instance="([^"]+)"/',
        ),
      );
    case 'interval':
      return new IntervalVariableBuilder(name)
        .label('Time looked back')
        .values('5m,15m,1h,6h,1d,7d')
        .current({ text: '1h', value: '1h', selected: true });
    case 'application':
      return fromPostgres(name, 'Application', VARIABLE_QUERIES.application);
    case 'endpoint':
      return chosenFreely(fromPostgres(name, 'Endpoint', VARIABLE_QUERIES.endpoint));
  }
}

/** Where links to runbooks lead. */
export const runbooksVariable = (): Builder<VariableModel> =>
  new ConstantVariableBuilder('runbooks').label('Runbooks at').value(RUNBOOKS_AT);

function fromPrometheus(name: VariableName, label: string, query: string): QueryVariableBuilder {
  return new QueryVariableBuilder(name)
    .label(label)
    .datasource(PROMETHEUS)
    .query({ query, refId: name })
    .refresh(VariableRefresh.OnTimeRangeChanged)
    .sort(VariableSort.AlphabeticalAsc);
}

function fromPostgres(name: VariableName, label: string, query: string): QueryVariableBuilder {
  return new QueryVariableBuilder(name)
    .label(label)
    .datasource(POSTGRESQL)
    .query(query)
    .definition(query)
    .allowCustomValue(true)
    .refresh(VariableRefresh.OnDashboardLoad);
}

/** Any of them, several, or all that there are. */
function chosenFreely(builder: QueryVariableBuilder): QueryVariableBuilder {
  return builder.multi(true).includeAll(true).current({ text: 'All', value: '$__all', selected: true });
}
