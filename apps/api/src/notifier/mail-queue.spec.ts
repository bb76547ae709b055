import { describe, expect, it } from '@jest/globals';
import { Log, Metrics } from '@signpost/observability';
import { Mailer, MailRefusedError, type Mail, type PartitionLease } from '@signpost/ports';
import { MAIL_QUEUE_OPTIONS, MailQueue, type MailQueueOptions } from './mail-queue.js';

class ScriptedMailer extends Mailer {
  override readonly isConfigured = true;
  readonly sent: string[] = [];
  tries = 0;
  trouble: (mail: Mail) => Error | undefined = () => undefined;

  override async send(mail: Mail): Promise<void> {
    this.tries += 1;
    const trouble = this.trouble(mail);
    if (trouble !== undefined) throw trouble;
    this.sent.push(mail.subject);
  }
}

function open(options: Partial<MailQueueOptions> = {}) {
  const mailer = new ScriptedMailer();
  const metrics = new Metrics({ processMetrics: false });
  const quick = { ...MAIL_QUEUE_OPTIONS, firstPauseMs: 1, longestPauseMs: 2, ...options };
  const queue = new MailQueue(mailer, metrics, Log.create('silent', 'test'), quick);
  const lease = { topic: 'journal', partition: 0, lost: false };
  const done: string[] = [];
  const put = (subject: string, about = subject, offset = 0, from: PartitionLease = lease) =>
    queue.put({
      mail: { messageId: subject, to: ['a@example.com'], subject, text: '' },
      about,
      endpointId: 'ep_1',
      lease: from,
      offset,
      done: () => done.push(subject),
    });
  const until = async (condition: () => boolean) => {
    for (let turn = 0; !condition(); turn += 1) {
      if (turn > 5_000) throw new Error('it did not come about');
      await new Promise((resolve) => setTimeout(resolve, 1));
    }
  };
  const results = async (): Promise<string> => {
    const lines = (await metrics.registry.metrics()).split('\n');
    return lines.filter((line) => /^signpost_mails_total.* [1-9]/.test(line)).join();
  };
  return { mailer, queue, put, lease, done, until, results };
}

describe('the mail queue', () => {
  it('tries again what was put off, and lets the others go first', async () => {
    const { mailer, put, done, until } = open();
    mailer.trouble = ({ subject }) => (subject === 'late' && mailer.tries < 4 ? new Error('451') : undefined);
    put('late');
    put('one');
    put('two');
    await until(() => done.length === 3);
    expect(mailer.sent).toEqual(['one', 'two', 'late']);
  });

  it('gives up in the end, and at once what is refused', async () => {
    const { mailer, put, done, until, results } = open({ giveUpMs: 20 });
    mailer.trouble = ({ subject }) => (subject === 'refused' ? new MailRefusedError('550') : new Error('away'));
    put('refused');
    put('never');
    await until(() => done.length === 2);
    expect(await results()).toMatch(/refused.* 1,.*given-up.* 1/);
  });

  it('sends one mail about the same', async () => {
    const { mailer, put, done, until } = open();
    put('first', 'ep_1 warned 50');
    put('again', 'ep_1 warned 50');
    put('other', 'ep_1 warned 70');
    await until(() => done.length === 3);
    expect(mailer.sent).toEqual(['first', 'other']);
  });

  it('holds no more than it may, and says so', async () => {
    const { mailer, queue, put, until, done, results } = open({
      capacity: 2,
      firstPauseMs: 60_000,
      longestPauseMs: 60_000,
    });
    mailer.trouble = () => new Error('away');
    put('one');
    await until(() => mailer.tries === 1);
    for (const subject of ['two', 'three']) put(subject);
    expect(done).toEqual(['three']);
    expect(await results()).toMatch(/dropped.* 1/);
    await queue.stop();
  });

  it('leaves what is unsent at a stop to the next process', async () => {
    const { mailer, queue, put, done, until } = open({ firstPauseMs: 60_000, longestPauseMs: 60_000 });
    mailer.trouble = () => new Error('away');
    put('unsent');
    await until(() => mailer.tries === 1);
    await queue.stop();
    expect(done).toEqual([]);
  });

  it('leaves a record whose lease is lost to its new owner', async () => {
    const { mailer, put, lease, done, until } = open();
    put('lost', 'lost', 1, { ...lease, lost: true });
    put('ours');
    await until(() => done.length === 1);
    put('lost too', 'lost too', 1, { ...lease, lost: true });
    await new Promise((resolve) => setImmediate(resolve));
    put('ours too');
    await until(() => done.length === 2);
    expect(mailer.sent).toEqual(['ours', 'ours too']);
  });

  it('lets go of a record before its partition has to wait for it', async () => {
    const { mailer, queue, put, lease, done, until } = open({ firstPauseMs: 60_000, longestPauseMs: 60_000 });
    mailer.trouble = () => new Error('away');
    put('old', 'old', 10);
    await until(() => mailer.tries === 1);
    await new Promise((resolve) => setImmediate(resolve));
    queue.reached(lease, 1_000);
    expect(done).toEqual([]);
    queue.reached(lease, 600_000);
    expect(done).toEqual(['old']);
    await queue.stop();
  });
});
