// Runs graphql-http's server audit against the URL given and prints one JSON line: [{id, name, status, reason}].
import { auditServer } from 'graphql-http';

const results = await auditServer({ url: process.argv[2] });
console.log(JSON.stringify(results.map(({ id, name, status, reason }) => ({ id, name, status, reason }))));
