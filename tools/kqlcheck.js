// Checks KQL with Microsoft's own language service.
// stdin, a line a request: {"tables": {"T": {"column": "type"}}, "queries": {"name": "kql"}}
// stdout, a line each: {"name": {"diagnostics": [...], "columns": ["name:type"], "tokens": n, "pipes": n}}
'use strict';
require('@kusto/language-service-next/bridge.min.js');
require('@kusto/language-service-next/Kusto.Language.Bridge.min.js');
const Kusto = global.Kusto.Language;
const Symbols = Kusto.Symbols;

// $ctor numbers are artefacts of the package's build: it is pinned to one version in package.json.
function workspaceOf(tables) {
  const symbols = Object.entries(tables).map(([name, columns]) => {
    const schema = Object.entries(columns).map(([column, type]) => `['${column}']: ${type}`).join(', ');
    return new Symbols.TableSymbol.$ctor7(name, `(${schema})`, null);
  });
  return Kusto.GlobalState.Default.WithDatabase(new Symbols.DatabaseSymbol.ctor('workspace', symbols));
}

function listOf(list, make) {
  return Array.from({ length: list.Count }, (_, at) => make(list.getItem(at)));
}

function check(workspace, kql) {
  const code = Kusto.KustoCode.ParseAndAnalyze(kql, workspace);
  const diagnostics = listOf(code.GetDiagnostics(), (found) => ({
    code: found.Code, severity: found.Severity, message: found.Message, at: kql.substr(found.Start, found.Length),
  }));
  const result = code.ResultType;
  const columns = result && result.Columns ? listOf(result.Columns, (c) => `${c.Name}:${c.Type.Name}`) : [];
  const tokens = global.Bridge.toArray(code.GetLexicalTokens()).map((token) => token.Text);
  return { diagnostics, columns, tokens: tokens.length, pipes: tokens.filter((text) => text === '|').length };
}

require('readline').createInterface({ input: process.stdin }).on('line', (line) => {
  const { tables, queries } = JSON.parse(line);
  const workspace = workspaceOf(tables);
  const results = Object.entries(queries).map(([name, kql]) => [name, check(workspace, kql)]);
  process.stdout.write(JSON.stringify(Object.fromEntries(results)) + '\n');
});
