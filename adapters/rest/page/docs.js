// Shows the OpenAPI document that lies beside this page, and sends requests from it. It needs nothing from elsewhere,
// and writes text only through textContent: nothing of the document or of an answer is ever read as HTML.
"use strict";

const $ = (name, attributes = {}, ...children) => {
  const element = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) element[key] = value;
  element.append(...children.filter((child) => child !== null));
  return element;
};

let api;

const resolve = (schema) => {
  const ref = schema && schema.$ref;
  return ref ? ref.slice(2).split("/").reduce((at, key) => at[key], api) : schema || {};
};

const nameOf = (schema) => {
  if (!schema) return "";
  if (schema.$ref) return schema.$ref.split("/").pop();
  if (schema.anyOf) return schema.anyOf.map(nameOf).filter((name) => name !== "null").join(" or ");
  if (schema.enum) return schema.enum.filter((value) => value !== null).join(" | ");
  if (schema.type === "array") return `list of ${nameOf(schema.items)}`;
  return schema.format || schema.type || "any";
};

const fields = (schema, depth = 0) => {
  const found = resolve(schema);
  if (found.type === "array") return fields(found.items, depth);
  if (found.anyOf) {
    const inner = found.anyOf.find((option) => option.$ref);
    return inner ? fields(inner, depth) : null;
  }
  if (!found.properties || depth > 4) return null;
  const rows = Object.entries(found.properties).map(([name, property]) => {
    const inside = fields(property.anyOf || property.$ref || property.items ? property : null, depth + 1);
    const more = inside ? $("details", {}, $("summary", {}, "fields"), inside) : null;
    const needed = (found.required || []).includes(name) ? " *" : "";
    return $("tr", {},
      $("td", {}, $("code", {}, name + needed)),
      $("td", { className: "type" }, nameOf(property)),
      $("td", {}, property.description || "", more));
  });
  return $("table", {}, ...rows);
};

const parameterRow = (parameter, inputs) => {
  const input = $("input", { placeholder: parameter.required ? "required" : "", ariaLabel: parameter.name });
  inputs.push([parameter, input]);
  return $("tr", {},
    $("td", {}, $("code", {}, parameter.name + (parameter.required ? " *" : ""))),
    $("td", { className: "type" }, `${parameter.in}, ${nameOf(parameter.schema)}`),
    $("td", {}, input),
    $("td", {}, parameter.description || ""));
};

const send = async (method, path, inputs, body, media, accept, shown) => {
  const query = new URLSearchParams();
  const headers = { Accept: accept.value };
  for (const [parameter, input] of inputs) {
    if (!input.value) continue;
    if (parameter.in === "path") path = path.replace(`{${parameter.name}}`, encodeURIComponent(input.value));
    else if (parameter.in === "query") input.value.split(",").forEach((value) => query.append(parameter.name, value));
    else headers[parameter.name] = input.value;
  }
  const key = document.getElementById("key").value;
  if (key) headers.Authorization = `Bearer ${key}`;
  if (body) headers["Content-Type"] = media;
  const url = path + (query.size ? `?${query}` : "");
  shown.textContent = "…";
  try {
    const started = performance.now();
    const answer = await fetch(url, { method, headers, body: body ? body.value : undefined, credentials: "omit" });
    const text = await answer.text();
    const took = Math.round(performance.now() - started);
    let pretty = text;
    try { pretty = JSON.stringify(JSON.parse(text), null, 2); } catch { /* not JSON: as it is */ }
    const told = ["content-type", "etag", "location", "retry-after", "x-request-id"]
      .filter((name) => answer.headers.has(name)).map((name) => `${name}: ${answer.headers.get(name)}`);
    shown.textContent = `${method} ${url}\n${answer.status} in ${took} ms\n${told.join("\n")}\n\n${pretty}`;
  } catch (error) {
    shown.textContent = `The request failed: ${error.message}`;
  }
};

const open = (method, path, operation, details) => {
  const inputs = [];
  const parts = [];
  if (operation.description) parts.push($("p", {}, operation.description));
  if (operation.parameters.length) {
    parts.push($("table", {}, ...operation.parameters.map((parameter) => parameterRow(parameter, inputs))));
  }
  let body = null;
  let media = "";
  if (operation.requestBody) {
    const [[type, content]] = Object.entries(operation.requestBody.content);
    media = type;
    const examples = Object.values(content.examples || {});
    const example = examples.length ? JSON.stringify(examples[0].value, null, 2) : "";
    body = $("textarea", { value: example, rows: Math.min(20, example.split("\n").length + 1), ariaLabel: "body" });
    const inside = fields(content.schema);
    parts.push($("p", {}, `Body, ${type}`), body);
    if (inside) parts.push($("details", {}, $("summary", {}, "Fields of the body"), inside));
  }
  const good = Object.entries(operation.responses).find(([status]) => status.startsWith("2"));
  const types = Object.keys(good[1].content || { "application/json": 0 });
  const accept = $("select", { ariaLabel: "answer as" }, ...types.map((type) => $("option", { value: type }, type)));
  const shown = $("pre", { hidden: true });
  const button = $("button", { type: "button" }, "Send");
  button.addEventListener("click", () => {
    shown.hidden = false;
    send(method.toUpperCase(), path, inputs, body, media, accept, shown);
  });
  const inside = fields(Object.values(good[1].content || {}).map((content) => content.schema)[0]);
  if (inside) parts.push($("details", {}, $("summary", {}, `Fields of the answer (${good[0]})`), inside));
  const others = Object.keys(operation.responses).filter((status) => status !== good[0]).join(", ");
  parts.push($("p", {}, `Otherwise ${others}. `), $("p", {}, button, " as ", accept), shown);
  details.append(...parts);
};

const row = (path, method, operation) => {
  const details = $("details", {},
    $("summary", {}, $("span", { className: `method ${method}` }, method.toUpperCase()), $("code", {}, path), ` ${operation.summary}`));
  details.dataset.words = `${path} ${method} ${operation.summary} ${operation.operationId}`.toLowerCase();
  details.addEventListener("toggle", () => {
    if (details.open && details.children.length === 1) open(method, path, operation, details);
  });
  return details;
};

const show = () => {
  const groups = new Map(api.tags.map((tag) => [tag.name, []]));
  for (const [path, methods] of Object.entries(api.paths)) {
    for (const [method, operation] of Object.entries(methods)) groups.get(operation.tags[0]).push(row(path, method, operation));
  }
  const sections = [...groups].map(([name, rows]) => $("section", {}, $("h2", {}, name), ...rows));
  document.getElementById("operations").replaceChildren(...sections);
};

document.getElementById("find").addEventListener("input", (event) => {
  const words = event.target.value.toLowerCase().split(/\s+/);
  for (const section of document.querySelectorAll("main section")) {
    const rows = [...section.querySelectorAll(":scope > details")];
    for (const found of rows) found.hidden = !words.every((word) => found.dataset.words.includes(word));
    section.hidden = rows.every((found) => found.hidden);
  }
});

fetch("openapi.json", { credentials: "omit" })
  .then((answer) => answer.json())
  .then((found) => { api = found; show(); })
  .catch(() => { document.getElementById("operations").textContent = "The document could not be loaded."; });
