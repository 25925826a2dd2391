// The texts of a language: one file each. A text that is missing in it is taken from English.

async function read(language) {
  return (await fetch(new URL(`text/${language}.json`, import.meta.url))).json();
}

export async function load(wanted) {
  const language = ['en', 'zh'].includes(wanted) ? wanted : 'en';
  const english = await read('en');
  const own = language === 'en' ? english : await read(language);
  return {
    language,
    get: (name) => own.page[name] ?? english.page[name] ?? name,
    field: (path) => own.fields[path]?.[0] ?? english.fields[path]?.[0],
    help: (path) => own.fields[path]?.[1],
    value: (path, value) => own.values[`${path}=${value}`] ?? own.values[value] ?? english.values[`${path}=${value}`] ?? english.values[value] ?? value,
  };
}
