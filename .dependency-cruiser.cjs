/** Who may import whom. Read top to bottom: the core knows nobody; apps know everybody but each other. */
const lib = (name) => `^libs/${name}/`;
const ADAPTERS = '^libs/(kafka|postgres|egress|mail|transformation)/';
const TESTS = '\\.(spec|test|contract)\\.ts$';

module.exports = {
  forbidden: [
    {
      name: 'domain-is-pure',
      severity: 'error',
      comment:
        'The core imports itself, node:crypto, and libraries that only compute: addresses, JSON Schema, CEL, RE2. None of them does I/O.',
      from: { path: lib('domain'), pathNot: TESTS },
      to: { pathNot: [lib('domain'), '^(node:)?crypto$', 'node_modules/(ipaddr\\.js|ajv|@bufbuild)/'] },
    },
    {
      name: 'contracts-know-domain-and-zod',
      severity: 'error',
      comment: 'What crosses a process depends on no process.',
      from: { path: lib('contracts'), pathNot: TESTS },
      to: { pathNot: [lib('contracts'), lib('domain'), 'node_modules/zod/'] },
    },
    {
      name: 'ports-are-types',
      severity: 'error',
      comment: 'A port is a promise; what keeps it lives in an adapter.',
      from: { path: lib('ports'), pathNot: TESTS },
      to: { pathNot: [lib('ports'), lib('domain'), lib('contracts')] },
    },
    {
      name: 'runtime-and-observability-know-no-adapter',
      severity: 'error',
      comment: 'They serve every process, whatever it is made of.',
      from: { path: '^libs/(runtime|observability)/', pathNot: TESTS },
      to: { path: [ADAPTERS, '^apps/', lib('testing')] },
    },
    {
      name: 'monitoring-is-data',
      severity: 'error',
      comment: 'Dashboards and rules are made from the catalogue of metrics; no process carries them.',
      from: { path: lib('monitoring'), pathNot: TESTS },
      to: { path: ['^apps/', '^libs/(?!monitoring/|observability/|contracts/|domain/)'] },
    },
    {
      name: 'no-process-knows-monitoring',
      severity: 'error',
      comment: 'What makes dashboards is no part of what is looked at.',
      from: { path: ['^apps/', '^libs/(?!monitoring/)'] },
      to: { path: [lib('monitoring'), 'node_modules/@grafana/'] },
    },
    {
      name: 'adapters-do-not-know-each-other',
      severity: 'error',
      comment: 'They meet in apps, through ports.',
      from: { path: '^libs/(kafka|postgres|egress|mail|transformation)/', pathNot: TESTS },
      to: { path: ADAPTERS, pathNot: '^libs/$1/' },
    },
    {
      name: 'no-driver-outside-its-adapter',
      severity: 'error',
      comment:
        'A driver is replaced in one folder. Embedded services and the benchmark drive them to test the adapters.',
      from: { path: '^(apps|libs)/', pathNot: [ADAPTERS, lib('testing'), TESTS] },
      to: { path: 'node_modules/(pg|typeorm|undici|kafkajs|nodemailer|@node-rs|quickjs-emscripten-core|@jitl)/' },
    },
    {
      name: 'no-nest-in-the-core',
      severity: 'error',
      comment: 'The core outlives its framework.',
      from: { path: '^libs/(domain|contracts|ports)/', pathNot: TESTS },
      to: { path: 'node_modules/@nestjs/' },
    },
    {
      name: 'apps-are-islands',
      severity: 'error',
      comment: 'Processes meet in topics; only apps/all joins them.',
      from: { path: '^apps/(?!all/)([^/]+)/' },
      to: { path: '^apps/', pathNot: '^apps/$1/' },
    },
    {
      name: 'cli-is-light',
      severity: 'error',
      comment:
        'It is published by itself and starts in a moment: the core, types of the contracts, and what reads a command line.',
      from: { path: '^apps/cli/', pathNot: TESTS },
      to: {
        dependencyTypesNot: ['type-only', 'core'],
        pathNot: ['^apps/cli/', lib('domain'), 'node_modules/commander/'],
      },
    },
    {
      name: 'no-testing-in-production',
      severity: 'error',
      comment: 'Embedded services are for tests, the benchmark and `npm start`.',
      from: { path: '^(apps/(?!all/)|libs/(?!testing/))', pathNot: TESTS },
      to: { path: lib('testing') },
    },
    {
      name: 'no-cycles',
      severity: 'error',
      comment: 'Two files that need each other are one file, or three. A type needs nobody at run time.',
      from: {},
      to: { circular: true, viaOnly: { dependencyTypesNot: ['type-only'] } },
    },
  ],
  options: {
    tsPreCompilationDeps: true,
    doNotFollow: { path: 'node_modules' },
    tsConfig: { fileName: 'tsconfig.json' },
    enhancedResolveOptions: { exportsFields: ['exports'], conditionNames: ['import', 'types', 'node', 'default'] },
  },
};
