// Monaco asks for its language workers by label. build.mjs bundles each on its own and puts its hashed name here.
const FILES = { json: JSON_WORKER, graphql: GRAPHQL_WORKER };

globalThis.MonacoEnvironment = {
  getWorker: (_id, label) => new Worker(new URL(FILES[label] ?? EDITOR_WORKER, import.meta.url), { type: "module" }),
};
