// The page at /graphql: GraphiQL with docs, explorer, history and a field for the access token.
import "./workers.js";
import { explorerPlugin } from "@graphiql/plugin-explorer";
import { GraphiQL, HISTORY_PLUGIN } from "graphiql";
import { createRoot } from "react-dom/client";
import { fetcher } from "./fetcher.js";
import { TOKEN_PLUGIN } from "./token.jsx";

const PLUGINS = [HISTORY_PLUGIN, explorerPlugin(), TOKEN_PLUGIN];

const examples = JSON.parse(document.getElementById("examples").textContent);
const firstVisit = localStorage.getItem("graphiql:tabState") === null;

createRoot(document.getElementById("graphiql")).render(
  <GraphiQL
    fetcher={fetcher}
    plugins={PLUGINS}
    defaultTabs={examples}
    // GraphiQL shows the first default tab's query, but not its variables.
    initialVariables={firstVisit ? examples[0].variables : undefined}
    defaultEditorToolsVisibility="variables"
    inputValueDeprecation
    schemaDescription
    // GraphiQL keeps the reader's choice, but reads it again only if it was a yes from the start.
    shouldPersistHeaders={localStorage.getItem("graphiql:shouldPersistHeaders") === "true"}
    showPersistHeadersSettings
  >
    <GraphiQL.Logo>
      <span className="souk-logo">Souk</span>
    </GraphiQL.Logo>
  </GraphiQL>,
);
