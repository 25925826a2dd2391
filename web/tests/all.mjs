// Every test of the page, in one process: what the binary renders is asked for once.

for (const name of ['program', 'page', 'report', 'firefox', 'book']) await import(`./${name}.mjs`);
