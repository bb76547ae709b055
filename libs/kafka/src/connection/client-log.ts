import { logLevel, type logCreator } from 'kafkajs';

export interface KafkaLogEntry {
  readonly level: 'debug' | 'info' | 'warn';
  readonly message: string;
  readonly fields: Readonly<Record<string, unknown>>;
}
export type KafkaLogListener = (entry: KafkaLogEntry) => void;

/**
 * The client calls an error what it then repairs, so its words count one level less: what is truly wrong reaches
 * the process by other ways.
 */
export function clientLog(listener: KafkaLogListener): logCreator {
  return () =>
    ({ namespace, level, log }) => {
      const { message, timestamp: _timestamp, logger: _logger, ...fields } = log;
      listener({ level: levelOf(level), message, fields: { part: namespace, ...withoutStack(fields) } });
    };
}

function levelOf(level: logLevel): KafkaLogEntry['level'] {
  if (level === logLevel.ERROR) return 'warn';
  return level === logLevel.WARN ? 'info' : 'debug';
}

function withoutStack({ stack: _stack, ...fields }: Record<string, unknown>): Record<string, unknown> {
  return fields;
}
