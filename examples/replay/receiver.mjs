// Stands for everybody's systems: takes what comes, and checks its signature as the receiver of an endpoint would.
import { createHmac, timingSafeEqual } from 'node:crypto';
import { createServer } from 'node:http';

export class Receiver {
  /** By the endpoint's name. */
  secrets = new Map();
  arrived = [];
  unsigned = 0;

  async open() {
    this.server = createServer((request, response) => void this.take(request, response));
    await new Promise((resolve) => this.server.listen(0, '127.0.0.1', resolve));
    return `http://127.0.0.1:${String(this.server.address().port)}`;
  }

  async take(request, response) {
    const chunks = [];
    for await (const chunk of request) chunks.push(chunk);
    const body = Buffer.concat(chunks);
    const { method, url, headers } = request;
    const name = url.split('/')[1];
    const isSigned = this.isSigned(name, headers, body);
    if (!isSigned) this.unsigned += 1;
    this.arrived.push({ name, method, url, headers, body: body.toString('utf8') });
    response.writeHead(isSigned ? 204 : 401).end();
  }

  /** Standard Webhooks: HMAC-SHA256 of id, time and body. */
  isSigned(name, headers, body) {
    const key = Buffer.from((this.secrets.get(name) ?? '').replace('whsec_', ''), 'base64');
    const signed = `${headers['webhook-id']}.${headers['webhook-timestamp']}.`;
    const expected = createHmac('sha256', key).update(signed).update(body).digest();
    return String(headers['webhook-signature'])
      .split(' ')
      .filter((one) => one.startsWith('v1,'))
      .map((one) => Buffer.from(one.slice(3), 'base64'))
      .some((given) => given.length === expected.length && timingSafeEqual(given, expected));
  }

  close() {
    this.server.closeAllConnections();
    this.server.close();
  }
}
