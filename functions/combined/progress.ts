// Seals the progress token of a client's request for each member that gets it, and opens the tokens in members' reports of progress.
import { streamOfRequest } from "../core/combined/own-responses.ts";
import { type OpenToken, type SealToken, sealProgressToken } from "../core/combined/progress-tokens.ts";
import { objectOrEmpty } from "../core/json.ts";
import type { IdBinding } from "../core/sealed-id.ts";
import type { CombinedCall } from "./call.ts";
import type { Member } from "./members.ts";

/** What is omitted, for the audit line. */
export const OTHER_PROGRESS = "a report of progress of a request that is not the member's";

/** The call, whose requests to members have sealed tokens. */
export function withSealedTokens(call: CombinedCall): CombinedCall {
  const [message] = call.admitted.messages;
  if (objectOrEmpty(message?.params["_meta"])["progressToken"] === undefined) return call;
  return {
    ...call,
    async send(member, request, endsAt) {
      // Without the secret, the call is complete but has no reports of progress.
      const seal = await call.ids.sealer().catch(() => () => undefined);
      const sealToken: SealToken = (token) => seal("progress", token, bindingOf(call, member));
      return call.send(
        member,
        { ...request, body: sealProgressToken(request.body as string, sealToken) },
        endsAt,
      );
    },
  };
}

/** Opens the tokens of the client's requests to a member. */
export async function tokenOpener(call: CombinedCall, member: Member): Promise<OpenToken> {
  const open = await call.ids.opener().catch(() => () => undefined);
  return (sealed) => open("progress", sealed, bindingOf(call, member));
}

/** A token is of one session, on whatever stream the report arrives; without sessions, it is of one request. */
function bindingOf({ session, admitted }: CombinedCall, { principal }: Member): IdBinding {
  return { ...principal, session: session?.id ?? streamOfRequest(admitted.id) };
}
