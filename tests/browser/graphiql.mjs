// Drives GraphiQL in headless Chromium and prints what it saw as one JSON object.
//   node graphiql.mjs URL DIRECTORY   URL is the page's address (http://127.0.0.1:8000/graphql), screenshots go to DIRECTORY
// Names resolve to nothing but 127.0.0.1, so whatever the page wants from elsewhere fails and is listed.
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { chromium } from "playwright-core";

const [url, directory] = process.argv.slice(2);
const TOKEN = "a-token-of-the-test";
const FLAGS = [
  "--no-sandbox",
  "--disable-gpu",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
  "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1",
];

const report = { requests: [], failed: [], console: [], sent: [], received: [] };

function listen(page) {
  page.on("request", (request) => report.requests.push(request.url()));
  page.on("requestfailed", (request) => report.failed.push(`${request.url()}: ${request.failure()?.errorText}`));
  page.on("response", (response) => {
    if (response.status() >= 400) report.failed.push(`${response.url()}: ${response.status()}`);
  });
  page.on("console", (message) => {
    if (["error", "warning"].includes(message.type())) report.console.push(`${message.type()}: ${message.text()}`);
  });
  page.on("pageerror", (error) => report.console.push(`exception: ${error.stack}`));
  page.on("websocket", (socket) => {
    socket.on("framesent", ({ payload }) => report.sent.push(JSON.parse(payload)));
    socket.on("framereceived", ({ payload }) => report.received.push(JSON.parse(payload)));
  });
}

const editorText = (page, name) =>
  page.evaluate((ending) => {
    const models = globalThis.__MONACO.editor.getModels();
    return models.find((model) => model.uri.path.endsWith(ending)).getValue();
  }, name);

const openTab = (page, name) => page.getByRole("tab", { name, exact: true }).click();
const openPlugin = (page, name) => page.getByRole("button", { name: `Show ${name}` }).click();
const closePlugin = (page, name) => page.getByRole("button", { name: `Hide ${name}` }).click();
const shoot = (page, name) => page.screenshot({ path: join(directory, `${name}.png`) });

async function run(page) {
  await page.getByRole("button", { name: "Execute query (Ctrl-Enter)" }).click();
  await page.waitForFunction(() => {
    const models = globalThis.__MONACO.editor.getModels();
    return models.find((model) => model.uri.path.endsWith("response.json")).getValue().includes("{");
  });
  return JSON.parse(await editorText(page, "response.json"));
}

async function choose(page, theme) {
  await page.getByRole("button", { name: "Open settings dialog" }).click();
  await page.getByRole("button", { name: theme, exact: true }).click();
  await page.keyboard.press("Escape");
  await page.getByRole("dialog").waitFor({ state: "detached" });
  return page.evaluate(() => getComputedStyle(document.querySelector(".graphiql-container")).backgroundColor);
}

async function subscribe(page) {
  await openTab(page, "ProductUpdated");
  report.event = await run(page); // the first event is the product as it is
  await page.getByRole("button", { name: "Stop query (Ctrl-Enter)" }).click();
}

async function visit(page) {
  await page.goto(url);
  await page.getByRole("tab").first().waitFor();
  await page.waitForFunction(() => globalThis.__MONACO?.editor.getModels().length >= 4);
  report.title = await page.title();
  report.tabs = await page.getByRole("tab").allInnerTexts();
  report.firstQuery = await editorText(page, "operation.graphql");
  report.firstVariables = await editorText(page, "variables.json");

  await openPlugin(page, "Access token");
  await page.getByLabel("Token or API key").fill(`Bearer ${TOKEN}`);
  await shoot(page, "token");
  await closePlugin(page, "Access token");

  report.light = await choose(page, "Light");
  await openTab(page, "Menu");
  report.answer = await run(page);
  await openPlugin(page, "Documentation Explorer");
  await page.getByText("query: ").first().waitFor();
  report.docs = await page.locator(".graphiql-plugin").innerText();
  await shoot(page, "light");

  report.dark = await choose(page, "Dark");
  await openPlugin(page, "GraphiQL Explorer");
  await page.locator(".graphiql-explorer-root").waitFor();
  report.explorer = await page.locator(".graphiql-explorer-root").innerText();
  await shoot(page, "dark");
  await closePlugin(page, "GraphiQL Explorer");

  await subscribe(page);
  await shoot(page, "subscription");

  // GraphiQL writes its state down half a second late, piece by piece.
  await page.waitForFunction(() => {
    const { tabs, activeTabIndex } = JSON.parse(localStorage.getItem("graphiql:tabState"));
    const open = tabs[activeTabIndex];
    return open.title === "ProductUpdated" && open.variables === localStorage.getItem("graphiql:variables");
  });
  await page.waitForLoadState("networkidle"); // what a reload cuts off counts as failed
  await page.reload();
  await page.waitForFunction(() => globalThis.__MONACO?.editor.getModels().length >= 4);
  report.afterReload = {
    tabs: await page.getByRole("tab").allInnerTexts(),
    background: await page.evaluate(() => getComputedStyle(document.querySelector(".graphiql-container")).backgroundColor),
    token: await page.evaluate(() => sessionStorage.getItem("souk:access-token")),
    query: await editorText(page, "operation.graphql"),
  };
}

const profile = await mkdtemp(join(tmpdir(), "souk-chromium-"));
const browser = await chromium.launchPersistentContext(profile, {
  executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium",
  args: FLAGS,
  viewport: { width: 1440, height: 900 },
  colorScheme: "light",
});
try {
  browser.setDefaultTimeout(15_000);
  const page = browser.pages()[0];
  listen(page);
  try {
    await visit(page);
  } catch (failure) {
    report.broken = failure.stack;
    await shoot(page, "broken");
  }
} finally {
  await browser.close();
  await rm(profile, { recursive: true, force: true });
}
console.log(JSON.stringify(report));
