import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';

/** Nothing is loaded from elsewhere, nothing inline is run, and nobody may frame the page. */
export const PAGE_POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self' data:",
  "connect-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join('; ');

export const PAGE = `<!doctype html>
<html lang="en">
  <head>
    <meta charset="utf-8">
    <meta name="viewport" content="width=device-width, initial-scale=1">
    <title>Signpost API</title>
    <link rel="stylesheet" href="/docs/swagger-ui.css">
    <link rel="icon" href="/docs/favicon-32x32.png">
  </head>
  <body>
    <div id="reference"></div>
    <script src="/docs/swagger-ui-bundle.js"></script>
    <script src="/docs/start.js"></script>
  </body>
</html>
`;

// A key that is typed in is gone with the page: it is not kept where another script could read it.
const START = `SwaggerUIBundle({
  url: '/api/v1/openapi.json',
  dom_id: '#reference',
  deepLinking: true,
  docExpansion: 'list',
  defaultModelsExpandDepth: 0,
  persistAuthorization: false,
  validatorUrl: null,
});
`;

export interface Asset {
  readonly type: string;
  readonly bytes: Buffer;
}

const TYPES = new Map([
  ['swagger-ui.css', 'text/css; charset=utf-8'],
  ['swagger-ui-bundle.js', 'text/javascript; charset=utf-8'],
  ['favicon-32x32.png', 'image/png'],
]);
const kept = new Map<string, Asset>([
  ['start.js', { type: 'text/javascript; charset=utf-8', bytes: Buffer.from(START) }],
]);

/** A file of the page: ours, or of the package that draws it. */
export function asset(name: string): Asset | undefined {
  const known = kept.get(name);
  const type = TYPES.get(name);
  if (known !== undefined || type === undefined) return known;
  // Its package is installed with @nestjs/swagger, and not necessarily beside us.
  const swagger = createRequire(createRequire(import.meta.url).resolve('@nestjs/swagger'));
  const bytes = readFileSync(join(dirname(swagger.resolve('swagger-ui-dist/package.json')), name));
  const read = { type, bytes };
  kept.set(name, read);
  return read;
}
