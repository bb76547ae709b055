/** Listeners beside the plain one: each gets its own port. */
export type SecureListener = 'SSL' | 'SASL_PLAINTEXT' | 'SASL_SSL';
export type Listener = 'PLAINTEXT' | SecureListener;

export interface KafkaUser {
  readonly name: string;
  /** Letters, digits, dashes and underscores: the name and the password pass through three notations of Kafka's. */
  readonly password: string;
}

export interface NodeRoles {
  readonly id: number;
  readonly broker: boolean;
  readonly controller: boolean;
  /** Port of each listener, on 127.0.0.1; empty for a node that is a controller only. */
  readonly ports: ReadonlyMap<Listener, number>;
}

export interface ClusterPlan {
  readonly brokers: number;
  readonly controller: { readonly id: number; readonly port: number };
  readonly users: readonly KafkaUser[];
  readonly keystore?: { readonly file: string; readonly password: string };
  readonly extra: Readonly<Record<string, string>>;
}

/** server.properties of one node: real Kafka, with everything that costs a small machine time or memory turned down. */
export function serverProperties(node: NodeRoles, plan: ClusterPlan, logFolder: string): Record<string, string> {
  const roles = [...(node.broker ? ['broker'] : []), ...(node.controller ? ['controller'] : [])];
  return {
    'process.roles': roles.join(','),
    'node.id': String(node.id),
    'log.dirs': logFolder,
    'controller.quorum.voters': `${String(plan.controller.id)}@127.0.0.1:${String(plan.controller.port)}`,
    ...listenerProperties(node, plan),
    ...sharedProperties(plan),
    'num.network.threads': '2',
    'num.io.threads': '4',
    'background.threads': '2',
    ...plan.extra,
  };
}

function listenerProperties(node: NodeRoles, plan: ClusterPlan): Record<string, string> {
  const clients = [...node.ports].map(([name, port]) => `${name}://127.0.0.1:${String(port)}`);
  const control = node.controller ? [`CONTROLLER://127.0.0.1:${String(plan.controller.port)}`] : [];
  return {
    listeners: [...clients, ...control].join(','),
    ...(clients.length > 0
      ? { 'advertised.listeners': clients.join(','), 'inter.broker.listener.name': 'PLAINTEXT' }
      : {}),
    'controller.listener.names': 'CONTROLLER',
    'listener.security.protocol.map':
      'CONTROLLER:PLAINTEXT,PLAINTEXT:PLAINTEXT,SSL:SSL,SASL_PLAINTEXT:SASL_PLAINTEXT,SASL_SSL:SASL_SSL',
    ...(plan.keystore === undefined
      ? {}
      : {
          'ssl.keystore.type': 'PKCS12',
          'ssl.keystore.location': plan.keystore.file,
          'ssl.keystore.password': plan.keystore.password,
        }),
    ...[...node.ports.keys()]
      .filter(isSasl)
      .reduce((all, name) => ({ ...all, ...saslProperties(name, plan.users) }), {}),
  };
}

function sharedProperties(plan: ClusterPlan): Record<string, string> {
  const replicas = String(plan.brokers);
  return {
    'auto.create.topics.enable': 'false',
    'group.initial.rebalance.delay.ms': '0',
    'offsets.topic.num.partitions': '4',
    'offsets.topic.replication.factor': replicas,
    'transaction.state.log.num.partitions': '2',
    'transaction.state.log.replication.factor': replicas,
    'transaction.state.log.min.isr': '1',
    'share.coordinator.state.topic.num.partitions': '1',
    'share.coordinator.state.topic.replication.factor': replicas,
    'share.coordinator.state.topic.min.isr': '1',
    'log.cleaner.dedupe.buffer.size': '4194304',
    'group.coordinator.threads': '1',
    'num.recovery.threads.per.data.dir': '2',
    // A killed broker may come back, and its partitions may move, only after its session: in seconds, not in nine.
    'broker.session.timeout.ms': '3000',
    'broker.heartbeat.interval.ms': '500',
    ...(plan.brokers > 1 ? { 'replica.lag.time.max.ms': '4000' } : {}),
  };
}

function isSasl(listener: Listener): listener is 'SASL_PLAINTEXT' | 'SASL_SSL' {
  return listener === 'SASL_PLAINTEXT' || listener === 'SASL_SSL';
}

function saslProperties(listener: Listener, users: readonly KafkaUser[]): Record<string, string> {
  const prefix = `listener.name.${listener.toLowerCase()}`;
  const module = 'org.apache.kafka.common.security';
  const plainUsers = users.map(({ name, password }) => ` user_${name}="${password}"`).join('');
  return {
    [`${prefix}.sasl.enabled.mechanisms`]: 'PLAIN,SCRAM-SHA-256,SCRAM-SHA-512',
    [`${prefix}.plain.sasl.jaas.config`]: `${module}.plain.PlainLoginModule required${plainUsers};`,
    [`${prefix}.scram-sha-256.sasl.jaas.config`]: `${module}.scram.ScramLoginModule required;`,
    [`${prefix}.scram-sha-512.sasl.jaas.config`]: `${module}.scram.ScramLoginModule required;`,
  };
}

/** One `key=value` a line, as java.util.Properties reads it. */
export function propertiesText(properties: Readonly<Record<string, string>>): string {
  const lines = Object.entries(properties).map(([key, value]) => `${key}=${value.replaceAll('\\', '\\\\')}`);
  return `${lines.join('\n')}\n`;
}
