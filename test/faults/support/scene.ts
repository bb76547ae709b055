import {
  Deployment,
  freshDatabase,
  freshFolder,
  freshTopicPrefix,
  testKafkaBrokers,
  type DeploymentOptions,
} from '@signpost/testing';
import { AccountingReceiver } from './accounting-receiver.js';
import { SteadyLoad } from './load.js';

/** Signpost with each role apart, one application with one endpoint, and the receiver behind it. */
export interface Scene {
  readonly deployment: Deployment;
  readonly receiver: AccountingReceiver;
  readonly application: string;
  readonly endpoint: string;
  /** Begins to publish; ends with the scene at the latest. */
  load(): SteadyLoad;
  end(): Promise<void>;
}

export async function openScene(options: Partial<DeploymentOptions> = {}): Promise<Scene> {
  const receiver = await AccountingReceiver.start();
  const deployment = await Deployment.start({
    kafkaBrokers: testKafkaBrokers(),
    databaseUrl: options.databaseUrl ?? (await freshDatabase()),
    folder: freshFolder(),
    topicPrefix: freshTopicPrefix(),
    ...options,
  });
  const { id: application } = await deployment.call<{ id: string }>('POST', '/api/v1/app', { name: 'Faults' });
  const { id: endpoint } = await deployment.call<{ id: string }>('POST', `/api/v1/app/${application}/endpoint`, {
    url: receiver.url,
  });
  const { key } = await deployment.call<{ key: string }>(
    'GET',
    `/api/v1/app/${application}/endpoint/${endpoint}/secret`,
  );
  receiver.verifyWith(key);
  const loads: SteadyLoad[] = [];
  return {
    deployment,
    receiver,
    application,
    endpoint,
    load: () => {
      const load = new SteadyLoad(deployment, application);
      loads.push(load);
      return load;
    },
    end: async () => {
      for (const load of loads) await load.stop();
      await deployment.stop();
      await receiver.stop();
    },
  };
}
