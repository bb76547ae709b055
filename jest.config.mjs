// One configuration, run by `npm test`: unit specs beside their file, everything with real parts under test/.
const swc = [
  '@swc/jest',
  {
    jsc: {
      target: 'es2024',
      parser: { syntax: 'typescript', decorators: true },
      transform: { legacyDecorator: true, decoratorMetadata: true, useDefineForClassFields: false },
      keepClassNames: true,
    },
    module: { type: 'es6' },
  },
];

const shared = {
  rootDir: import.meta.dirname,
  testEnvironment: 'node',
  extensionsToTreatAsEsm: ['.ts'],
  transform: { '^.+\\.ts$': swc },
  moduleNameMapper: { '^(\\.{1,2}/.*)\\.js$': '$1' },
  injectGlobals: true,
};

/** Suites with real parts share one broker and one database a run, and take fresh topics and databases from them. */
const withServices = {
  ...shared,
  globalSetup: './tooling/jest/services.mjs',
  globalTeardown: './tooling/jest/services-stop.mjs',
};

export default {
  projects: [
    { ...shared, displayName: 'unit', testMatch: ['<rootDir>/{apps,libs,bench}/**/*.spec.ts'] },
    { ...withServices, displayName: 'integration', testMatch: ['<rootDir>/test/integration/**/*.test.ts'] },
    { ...withServices, displayName: 'e2e', testMatch: ['<rootDir>/test/e2e/**/*.test.ts'] },
    { ...withServices, displayName: 'faults', testMatch: ['<rootDir>/test/faults/**/*.test.ts'] },
    { ...withServices, displayName: 'external', testMatch: ['<rootDir>/test/external/**/*.test.ts'] },
  ],
  testTimeout: 60_000,
  testSequencer: './tooling/jest/slowest-first.mjs',
};
