/** Pages of docs/runbooks that panels lead to, by their file's name. */
export type RunbookName =
  | 'account'
  | 'account-difference'
  | 'account-unsettled'
  | 'backlog-old'
  | 'backlog-unseen'
  | 'certificate-expiry'
  | 'consumer-stuck'
  | 'database-pool-exhausted'
  | 'dead-letter-growth'
  | 'dead-letters'
  | 'delivered-in-time-burn'
  | 'egress-broken'
  | 'egress-pool-exhausted'
  | 'endpoints-failing'
  | 'event-loop-blocked'
  | 'intake-available-burn'
  | 'intake-rejected'
  | 'intake-unchecked'
  | 'on-time-burn'
  | 'outbox-behind'
  | 'process-down'
  | 'producer-resends'
  | 'records-unreadable'
  | 'recorder-behind'
  | 'recovery-stuck'
  | 'redrive'
  | 'retention-near-unread'
  | 'schema-unusable'
  | 'tier-overdue';

/** What a link to it is called: 'tier-overdue' is the page on a tier overdue. */
export const runbookTitle = (name: RunbookName): string => `Runbook: ${name.replaceAll('-', ' ')}`;

/** Where dashboards find it; the variable says where the pages are. */
export const runbookUrl = (name: RunbookName): string => `\${runbooks}/${name}.md`;
