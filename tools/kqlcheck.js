// Checks KQL with Microsoft's own language service.
// stdin, a line a request: {"tables": {"T": {"column": "type"}}, "queries": {"name": "kql"}}
// stdout, a line each: {"name": {"diagnostics": [...], "columns": ["name:type"], "tokens": n, "pipes": n}}
// With "commands": [text] instead of queries: control commands, each in the database that those before it made of the
// tables, and then the queries, if any, in the database that all of them made; stdout has a "commands" list beside.
'use strict';
require('@kusto/language-service-next/bridge.min.js');
require('@kusto/language-service-next/Kusto.Language.Bridge.min.js');
const Kusto = global.Kusto.Language;
const Symbols = Kusto.Symbols;

// $ctor numbers are artefacts of the package's build: it is pinned to one version in package.json.
function tablesOf(tables) {
  return Object.entries(tables).map(([name, columns]) => {
    const schema = Object.entries(columns).map(([column, type]) => `['${column}']: ${type}`).join(', ');
    return new Symbols.TableSymbol.$ctor7(name, `(${schema})`, null);
  });
}

function databaseOf(symbols) {
  return Kusto.GlobalState.Default.WithDatabase(new Symbols.DatabaseSymbol.ctor('workspace', symbols));
}

function listOf(list, make) {
  return Array.from({ length: list.Count }, (_, at) => make(list.getItem(at)));
}

const UNKNOWN_COMMAND = 595; // a command that the service has no grammar for has no diagnostic either

function isUnknown(node) {
  if (!node) return false;
  if (node.Kind === UNKNOWN_COMMAND) return true;
  return Array.from({ length: node.ChildCount }, (_, at) => node.GetChild(at)).some(isUnknown);
}

const TABLE = /^\.create-merge table (\w+) (\([^)]*\))/;
const FUNCTION = /^\.create-or-alter function with \([^)]*\) (\w+)(\([^)]*\)) (\{[\s\S]*\})\s*$/;
const VIEW = /^\.create-or-alter materialized-view with \([^)]*\) (\w+) on [\w-]+ \w+ \{([\s\S]*)\}\s*$/;

// What a command adds to the database: a table, a function or a materialized view.
function madeBy(command, database) {
  let found;
  if ((found = TABLE.exec(command))) return [new Symbols.TableSymbol.$ctor7(found[1], found[2], null)];
  if ((found = FUNCTION.exec(command))) return [new Symbols.FunctionSymbol.$ctor16(found[1], found[2], found[3], null)];
  if (!(found = VIEW.exec(command))) return [];
  const columns = listOf(Kusto.KustoCode.ParseAndAnalyze(found[2], database).ResultType.Columns, (column) => column);
  const list = new (System.Collections.Generic.List$1(Symbols.ColumnSymbol).ctor)();
  columns.forEach((column) => list.add(column));
  return [new Symbols.MaterializedViewSymbol.$ctor2(found[1], list, found[2], null)];
}

function checkCommands(symbols, commands) {
  const checked = commands.map((command) => {
    const code = check(databaseOf(symbols), command);
    symbols = symbols.concat(madeBy(command, databaseOf(symbols)));
    return code;
  });
  return { symbols, checked };
}

function check(workspace, kql) {
  const code = Kusto.KustoCode.ParseAndAnalyze(kql, workspace);
  const diagnostics = listOf(code.GetDiagnostics(), (found) => ({
    code: found.Code, severity: found.Severity, message: found.Message, at: kql.substr(found.Start, found.Length),
  }));
  if (isUnknown(code.Syntax)) diagnostics.push({ code: 'unknown', severity: 'Error', message: 'no such command', at: kql });
  const result = code.ResultType;
  const columns = result && result.Columns ? listOf(result.Columns, (c) => `${c.Name}:${c.Type.Name}`) : [];
  const tokens = global.Bridge.toArray(code.GetLexicalTokens()).map((token) => token.Text);
  return { diagnostics, columns, tokens: tokens.length, pipes: tokens.filter((text) => text === '|').length };
}

require('readline').createInterface({ input: process.stdin }).on('line', (line) => {
  const { tables, queries, commands } = JSON.parse(line);
  const { symbols, checked } = checkCommands(tablesOf(tables), commands || []);
  const database = databaseOf(symbols);
  const results = Object.entries(queries).map(([name, kql]) => [name, check(database, kql)]);
  process.stdout.write(JSON.stringify({ ...Object.fromEntries(results), ...(commands ? { commands: checked } : {}) }) + '\n');
});
