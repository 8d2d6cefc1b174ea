// Subscribes with the graphql-sse client (distinct connections) and prints what it saw as one JSON line.
// Arguments: URL, query, how many results to take before leaving (0: until the server completes), headers as JSON.
import { createClient } from 'graphql-sse';

const [url, query, take, headers = '{}'] = process.argv.slice(2);
const client = createClient({ url, headers: JSON.parse(headers), retryAttempts: 0 });
const results = [];
let ended = 'left';
try {
  const events = client.iterate({ query });
  for await (const result of events) {
    results.push(result);
    if (results.length === Number(take)) break;
  }
  if (results.length !== Number(take) || take === '0') ended = 'completed';
} catch (error) {
  ended = `failed: ${error.message}`;
}
client.dispose();
console.log(JSON.stringify({ results, ended }));
