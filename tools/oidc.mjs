// A real OpenID Connect provider on loopback: node oidc.mjs PORT REDIRECT_URI ACCOUNTS
// ACCOUNTS is JSON, name -> claims of the ID token. Whoever types a name is signed in as that account.
import { createServer } from "node:http";
import Provider from "oidc-provider";

const [port, redirectUri, accounts] = process.argv.slice(2);
const people = JSON.parse(accounts);
const issuer = `http://127.0.0.1:${port}`;
const claims = [...new Set(Object.values(people).flatMap(Object.keys))];

const provider = new Provider(issuer, {
  clients: [{
    client_id: "nsgflow",
    client_secret: "a-secret-of-the-tests-alone",
    redirect_uris: [redirectUri],
    post_logout_redirect_uris: [redirectUri],
  }],
  claims: { openid: ["sub", ...claims] },
  conformIdTokenClaims: false,
  cookies: { keys: ["a-key-of-the-tests-alone"] },
  features: { devInteractions: { enabled: false }, rpInitiatedLogout: { enabled: true, logoutSource } },
  findAccount: (_, sub) => ({ accountId: sub, claims: () => ({ sub, ...people[sub] }) }),
  interactions: { url: (_, interaction) => `/interaction/${interaction.uid}` },
  async loadExistingGrant(ctx) {
    const grant = new ctx.oidc.provider.Grant({
      clientId: ctx.oidc.client.clientId,
      accountId: ctx.oidc.session.accountId,
    });
    grant.addOIDCScope("openid profile email");
    await grant.save();
    return grant;
  },
});

async function logoutSource(ctx, form) {
  ctx.body = `<!doctype html><title>Sign out</title>${form}<button form="op.logoutForm" name="logout" value="yes">Yes</button>
    <script>document.querySelector("button").click()</script>`;
}

const page = `<!doctype html><title>Sign in</title><form method="post">
  <label>Name <input name="name" autofocus></label> <button>Sign in</button></form>`;

const handle = provider.callback();
createServer(async (request, response) => {
  if (!request.url.startsWith("/interaction/")) return handle(request, response);
  if (request.method === "GET") return response.setHeader("content-type", "text/html").end(page);
  let body = "";
  for await (const part of request) body += part;
  const accountId = new URLSearchParams(body).get("name");
  return provider.interactionFinished(request, response, { login: { accountId } });
}).listen(Number(port), "127.0.0.1");
