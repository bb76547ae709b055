import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import type { INestApplication, INestApplicationContext } from '@nestjs/common';
import { DocumentBuilder, SwaggerModule, type OpenAPIObject } from '@nestjs/swagger';

const DOCUMENT = new DocumentBuilder()
  .setOpenAPIVersion('3.1.0')
  .setTitle('Signpost')
  .setDescription('Applications, endpoints, event types, messages and their attempts. Speaks the Svix server API.')
  .setVersion('1')
  .addBearerAuth({ type: 'http', scheme: 'bearer', description: 'An API key' })
  .build();

/** The OpenAPI document of whatever roles this process runs; made when it is first asked for. */
export class ApiReference {
  private app: INestApplicationContext | undefined;
  private document: OpenAPIObject | undefined;

  of(app: INestApplicationContext): void {
    this.app = app;
  }

  json(): OpenAPIObject | undefined {
    if (this.app === undefined) return undefined;
    this.document ??= SwaggerModule.createDocument(this.app as INestApplication, DOCUMENT);
    return this.document;
  }
}

const ASSETS = new Map<string, string>([
  ['swagger-ui.css', 'text/css'],
  ['swagger-ui-bundle.js', 'text/javascript'],
  ['favicon-32x32.png', 'image/png'],
]);
const kept = new Map<string, Buffer>();

/** A file of the reference page, from the package that draws it: nothing is loaded from elsewhere. */
export function asset(name: string): { readonly type: string; readonly bytes: Buffer } | undefined {
  const type = ASSETS.get(name);
  if (type === undefined) return undefined;
  let bytes = kept.get(name);
  if (bytes === undefined) {
    // Its package is installed with @nestjs/swagger, and not necessarily beside us.
    const swagger = createRequire(createRequire(import.meta.url).resolve('@nestjs/swagger'));
    bytes = readFileSync(join(dirname(swagger.resolve('swagger-ui-dist/package.json')), name));
    kept.set(name, bytes);
  }
  return { type, bytes };
}

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
    <script>SwaggerUIBundle({ url: '/api/v1/openapi.json', dom_id: '#reference', persistAuthorization: true });</script>
  </body>
</html>
`;
