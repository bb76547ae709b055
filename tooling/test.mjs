// What `npm test` runs: every Jest project that CI needs, then one plain line that says how it went.
//   npm test -- --select unit,integration    some projects only
//   npm test -- libs/domain -t 'verdict'     anything else goes to Jest
import { spawn } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { clearInterval, setInterval } from 'node:timers';
import { fileURLToPath } from 'node:url';

const PROJECTS = ['unit', 'integration', 'e2e', 'faults', 'external'];
const BY_DEFAULT = ['unit', 'integration', 'e2e', 'faults'];
const LEAVE_MS = 15_000;
const ONE_BY_ONE = ['--runInBand'];
const FLAGS = {
  unit: ['--maxWorkers=100%'],
  integration: ['--maxWorkers=3'],
  e2e: ONE_BY_ONE,
  // In their short form several at a time: they mostly wait for time to pass. What they bound is counted, not timed.
  faults: ['--maxWorkers=3'],
  external: ONE_BY_ONE,
};

const HELP = `Usage: npm test -- [--select ${PROJECTS.join(',')}] [paths] [flags of Jest]

Without anything: ${BY_DEFAULT.join(', ')}, each against a Kafka and a PostgreSQL of its own, which takes many minutes.

  npm test -- --select unit                    one kind of tests
  npm test -- --select unit libs/domain        those in one place
  npm test -- --select unit -t 'verdict'       those of a name
`;

const root = dirname(dirname(fileURLToPath(import.meta.url)));
if (process.argv.slice(2).some((each) => each === '--help' || each === '-h')) {
  // Jest's own help would come once for each kind of tests, and none of it be seen.
  process.stdout.write(HELP);
  process.exit(0);
}
const { selected, chosen, rest } = readArguments(process.argv.slice(2));
const folder = mkdtempSync(join(tmpdir(), 'signpost-test-'));
let interrupted = false;
let jest;
for (const signal of ['SIGINT', 'SIGTERM']) {
  process.on(signal, () => {
    interrupted = true;
    jest?.kill(signal);
  });
}

const totals = { passed: 0, failed: 0 };
try {
  // Unit specs share nothing; integration tests share services, and take topics and databases of their own. What boots
  // whole deployments and harms them would take the machine from each other.
  // Each kind on services of its own: a small broker slows down under the topics of a hundred tests before.
  for (const name of selected)
    if (!interrupted) await runJest([name], chosen && name === 'faults' ? ONE_BY_ONE : FLAGS[name]);
} finally {
  endLeftovers();
  rmSync(folder, { recursive: true, force: true });
}
if (totals.passed + totals.failed === 0) process.stdout.write('no test ran\n');
process.stdout.write(`${totals.passed} passed, ${totals.failed} failed\n`);
process.exitCode = interrupted || totals.failed > 0 || totals.passed === 0 ? 1 : 0;

function readArguments(args) {
  const at = args.findIndex((each) => each === '--select' || each.startsWith('--select='));
  if (at === -1) return { selected: BY_DEFAULT, chosen: false, rest: args };
  const inline = args[at].startsWith('--select=');
  const names = (inline ? args[at].slice('--select='.length) : (args[at + 1] ?? '')).split(',');
  const unknown = names.filter((name) => !PROJECTS.includes(name));
  if (unknown.length > 0) {
    process.stderr.write(`--select: no such tests: ${unknown.join(', ')}; there are ${PROJECTS.join(', ')}\n`);
    process.exit(2);
  }
  return { selected: names, chosen: true, rest: args.toSpliced(at, inline ? 1 : 2) };
}

async function runJest(projects, flags) {
  const own = join(folder, projects[0]);
  mkdirSync(own, { recursive: true });
  const report = join(own, 'report.json');
  const node = join(root, 'node_modules', '.bin', 'node');
  const args = [
    '--experimental-vm-modules',
    '--disable-warning=ExperimentalWarning',
    join(root, 'node_modules', 'jest', 'bin', 'jest.js'),
    ...['--selectProjects', ...projects, '--passWithNoTests', '--json', `--outputFile=${report}`],
    ...flags,
    ...rest,
  ];
  const env = {
    ...process.env,
    SIGNPOST_TEST_FOLDER: own,
    // Faults have a short form for every run; asked for by name they run in full.
    SIGNPOST_TEST_LENGTH: process.env.SIGNPOST_TEST_LENGTH ?? (chosen ? 'full' : 'short'),
  };
  // With --json Jest writes its result to stdout as well: only what it tells people, on stderr, is wanted.
  jest = spawn(existsSync(node) ? node : process.execPath, args, {
    cwd: root,
    env,
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  const left = await exitOf(jest, report);
  count(report, left, projects);
}

/** Jest's exit code; undefined when it had to be ended, because a test left something open that keeps it alive. */
function exitOf(child, report) {
  return new Promise((resolve) => {
    let done;
    const watch = setInterval(() => {
      if (!existsSync(report)) return;
      done ??= Date.now();
      if (Date.now() - done > LEAVE_MS) child.kill('SIGKILL');
    }, 500);
    child.once('close', (code) => {
      clearInterval(watch);
      resolve(code ?? undefined);
    });
  });
}

function count(report, exitCode, projects) {
  if (!existsSync(report)) {
    if (!interrupted) process.stderr.write(`Jest ended before it had a result (${projects.join(', ')})\n`);
    totals.failed += 1;
    return;
  }
  const result = JSON.parse(readFileSync(report, 'utf8'));
  const failed = result.numFailedTests + result.numRuntimeErrorTestSuites;
  totals.passed += result.numPassedTests;
  totals.failed += failed;
  if (failed === 0 && exitCode !== 0) {
    const why = exitCode === undefined ? 'did not leave: a test left a connection, timer or process open' : 'failed';
    process.stderr.write(`Jest ${why} (${projects.join(', ')})\n`);
    totals.failed += 1;
  }
}

/** What a run that was broken off left running: process ids lie beside the data. */
function endLeftovers() {
  for (const file of readdirSync(folder, { recursive: true })) {
    if (!file.endsWith('.pid')) continue;
    try {
      const pid = Number(readFileSync(join(folder, file), 'utf8').split('\n')[0]);
      // Services name the folder in their command line, roles in their environment.
      const about = readFileSync(`/proc/${pid}/cmdline`, 'utf8') + readFileSync(`/proc/${pid}/environ`, 'utf8');
      if (about.includes(folder)) process.kill(-pid, 'SIGKILL');
    } catch {
      // Gone already, or a system without /proc.
    }
  }
}
