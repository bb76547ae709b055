import { connect as connectTcp, isIP, type Socket } from 'node:net';
import { connect as connectTls } from 'node:tls';
import { fault, ok, type Finding } from './finding.js';

const WITHIN_MS = 5_000;
/** ApiVersions, version 0, correlation 7, client "doctor": every broker answers it, also before it is told who asks. */
const API_VERSIONS = Buffer.from('0000001000120000000000070006646f63746f72', 'hex');
/** PostgreSQL's question whether to go on with TLS: the answer is one letter, S or N. */
const SSL_REQUEST = Buffer.from('0000000804d2162f', 'hex');
const CORRELATION = 7;
const USUAL_PORT = { kafka: 9_092, postgres: 5_432 } as const;

/** Whether each broker of the list speaks Kafka's protocol. */
export async function lookAtKafka(brokers: string): Promise<readonly Finding[]> {
  const addresses = brokers
    .split(',')
    .map((text) => text.trim())
    .filter((text) => text !== '');
  return Promise.all(addresses.map((address) => lookAtBroker(address)));
}

async function lookAtBroker(address: string): Promise<Finding> {
  const what = `kafka ${address}`;
  const [host, port] = hostAndPort(address, USUAL_PORT.kafka);
  try {
    const answer = await firstAnswer(() => connectTcp({ host, port }), API_VERSIONS, 8);
    if (answer.readInt32BE(4) === CORRELATION) return ok(what, 'speaks Kafka');
    return fault(
      what,
      'answers, and not as Kafka does',
      'Check the port: it may be that of TLS, or of something else.',
    );
  } catch (error) {
    // A listener with TLS does not answer a request in clear.
    const speaksTls = await handshakes(host, port);
    if (speaksTls) return ok(what, 'answers with TLS');
    return fault(
      what,
      `does not answer: ${(error as Error).message}`,
      'Check KAFKA_BROKERS, and the way there (DNS, firewall, VPN).',
    );
  }
}

/** Whether PostgreSQL answers where the URL leads. The password is neither sent nor shown. */
export async function lookAtDatabase(databaseUrl: string): Promise<Finding> {
  if (!URL.canParse(databaseUrl)) {
    return fault('postgresql', 'DATABASE_URL is no URL', 'It has the form postgres://user:password@host:5432/name.');
  }
  const url = new URL(databaseUrl);
  const host = url.hostname === '' ? 'localhost' : url.hostname;
  const port = url.port === '' ? USUAL_PORT.postgres : Number(url.port);
  const what = `postgresql ${host}:${String(port)}`;
  try {
    const answer = await firstAnswer(() => connectTcp({ host, port }), SSL_REQUEST, 1);
    const letter = String.fromCharCode(answer[0] ?? 0);
    if (letter === 'S' || letter === 'N') return ok(what, `answers${letter === 'S' ? ' with TLS' : ''}`);
    return fault(what, 'answers, and not as PostgreSQL does', 'Check the port in DATABASE_URL.');
  } catch (error) {
    return fault(what, `does not answer: ${(error as Error).message}`, 'Check DATABASE_URL, and the way there.');
  }
}

function firstAnswer(open: () => Socket, question: Buffer, bytes: number): Promise<Buffer> {
  return new Promise((answered, failed) => {
    const socket = open();
    let answer = Buffer.alloc(0);
    const end = (done: () => void): void => {
      socket.destroy();
      done();
    };
    socket.setTimeout(WITHIN_MS, () => end(() => failed(new Error(`nothing came within ${String(WITHIN_MS)} ms`))));
    socket.once('connect', () => socket.write(question));
    socket.on('data', (chunk: Buffer) => {
      answer = Buffer.concat([answer, chunk]);
      if (answer.length >= bytes) end(() => answered(answer));
    });
    socket.once('error', (error) => end(() => failed(error)));
    socket.once('close', () => failed(new Error('the connection was closed')));
  });
}

function handshakes(host: string, port: number): Promise<boolean> {
  return new Promise((answered) => {
    // Whose certificate it is is not asked here: only whether TLS is spoken.
    const name = isIP(host) === 0 ? { servername: host } : {};
    const socket = connectTls({ host, port, rejectUnauthorized: false, ...name });
    const end = (speaks: boolean): void => {
      socket.destroy();
      answered(speaks);
    };
    socket.setTimeout(WITHIN_MS, () => end(false));
    socket.once('secureConnect', () => end(true));
    socket.once('error', () => end(false));
  });
}

function hostAndPort(address: string, usual: number): readonly [string, number] {
  const [, host = address, port] = /^\[?([^\]]*?)\]?(?::(\d{1,5}))?$/.exec(address) ?? [];
  return [host, port === undefined ? usual : Number(port)];
}
