import { readFileSync } from 'node:fs';
import { extname, join } from 'node:path';

const LANGUAGES: Readonly<Record<string, string>> = {
  '.cs': 'csharp',
  '.go': 'go',
  '.java': 'java',
  '.mjs': 'js',
  '.php': 'php',
  '.py': 'python',
  '.rb': 'ruby',
  '.rs': 'rust',
  '.sh': 'sh',
};
const INCLUDED = /<!-- include (\S+) -->\n[^]*?<!-- end -->/g;

/** The page with the code of every file that it includes: `<!-- include path -->` … `<!-- end -->`. */
export function withIncludedCode(page: string, root: string): string {
  return page.replace(INCLUDED, (_, file: string) => {
    const language = LANGUAGES[extname(file)] ?? '';
    const code = readFileSync(join(root, file), 'utf8').trimEnd();
    return `<!-- include ${file} -->\n\n\`\`\`${language}\n${code}\n\`\`\`\n\n<!-- end -->`;
  });
}
