// Linear: an issue for each answer that did not help.
// URL of the endpoint: https://api.linear.app/graphql
// Authentication: header, authorization, a personal API key; or bearer, an OAuth token
// Event types: feedback.negative, handoff.requested

// Linear, Settings, Teams: the id of the team that the issues are for.
const TEAM_ID = '00000000-0000-4000-8000-000000000000';

const MUTATION = 'mutation Create($input: IssueCreateInput!) { issueCreate(input: $input) { success issue { id } } }';

function handler(webhook) {
  const issue = issueOf(webhook.payload);
  if (issue === undefined) {
    webhook.cancel = true;
    return webhook;
  }
  webhook.payload = { query: MUTATION, variables: { input: { teamId: TEAM_ID, ...issue } } };
  return webhook;
}

function issueOf({ type, data }) {
  switch (type) {
    case 'feedback.negative':
      return {
        title: `An answer was ${data.reason ?? 'no help'} (${data.conversationId}, turn ${data.turn})`,
        description: [
          data.comment && `> ${data.comment.replaceAll('\n', '\n> ')}`,
          data.response && `The bot had said: ${data.response.text}`,
          ...(data.response?.sources ?? []).map(({ id, title }) => `- source ${title ?? id}`),
        ]
          .filter(Boolean)
          .join('\n\n'),
        // 0: none, 1: urgent, 2: high, 3: medium, 4: low
        priority: 3,
      };
    case 'handoff.requested':
      return {
        title: `${data.classification.intent}: the bot gave up`,
        description: data.summary,
        priority: { low: 4, normal: 3, high: 2, urgent: 1 }[data.priority],
      };
    default:
      return undefined;
  }
}
