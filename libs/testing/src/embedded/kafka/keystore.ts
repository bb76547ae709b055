import { execFile } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);
const PASSWORD = 'only-for-tests';

export interface ServerIdentity {
  readonly file: string;
  readonly password: string;
  /** PEM of the authority that signed the brokers' certificate, for a client's `ca`. */
  readonly certificateAuthority: string;
}

/** A certificate for localhost and 127.0.0.1 from an authority made for it; kept in `folder`. The tool comes with Java. */
export async function serverIdentity(keytool: string, folder: string): Promise<ServerIdentity> {
  const file = join(folder, 'broker.p12');
  const authority = join(folder, 'authority.pem');
  if (!existsSync(authority)) {
    const store = ['-keystore', file, '-storetype', 'PKCS12', '-storepass', PASSWORD];
    const key = ['-genkeypair', '-keyalg', 'EC', '-groupname', 'secp256r1', '-validity', '3650'];
    const names = 'san=dns:localhost,ip:127.0.0.1';
    await run(keytool, [...key, ...store, '-alias', 'ca', '-dname', 'CN=Signpost test authority', '-ext', 'bc:c']);
    await run(keytool, [
      ...key,
      ...store,
      '-alias',
      'broker',
      '-signer',
      'ca',
      '-dname',
      'CN=localhost',
      '-ext',
      names,
    ]);
    await run(keytool, ['-exportcert', '-rfc', ...store, '-alias', 'ca', '-file', authority]);
    // With both keys in it the broker may show the authority's.
    await run(keytool, ['-delete', ...store, '-alias', 'ca']);
  }
  return { file, password: PASSWORD, certificateAuthority: readFileSync(authority, 'utf8') };
}
