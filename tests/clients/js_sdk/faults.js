// Every fault of the model that can be raised arrives as the SDK's class for it.
//
// Wants a server that has room for two domains, for one open execution, and for two tags on a domain. What is forbidden to
// somebody can only be seen where somebody is asked for: with CLIENT_SIGNED.
import assert from "node:assert/strict";
import { check, sdk, swf } from "./check.js";
import { register, workflowType } from "./fixture.js";

const domain = "faults";
const bare = { name: "bare", version: "1" };
const signed = Boolean(process.env.CLIENT_SIGNED);
const raised = new Set(signed ? [] : ["OperationNotPermittedFault"]);

function start(workflowId, type = workflowType, more = {}) {
    return swf.startWorkflowExecution({ domain, workflowId, workflowType: type, ...more });
}

async function raises(name, call) {
    await check(name, async () => {
        await assert.rejects(call, (error) => {
            assert.ok(error instanceof sdk[name], `${error}`);
            assert.ok(error instanceof sdk.SWFServiceException);
            assert.equal(error.name, name);
            assert.equal(error.$fault, "client");
            assert.equal(error.$metadata.httpStatusCode, 400);
            assert.equal(error.$metadata.attempts, 1);
            return true;
        });
        raised.add(name);
    });
}

await check("register", async () => {
    await register(domain);
    await swf.registerWorkflowType({ domain, ...bare });
    await start("first");
});

if (signed)
    await raises("OperationNotPermittedFault", () =>
        start("role", workflowType, { lambdaRole: "arn:aws:iam::123456789012:role/lambda" }));
await raises("UnknownResourceFault", () => swf.describeDomain({ name: "nowhere" }));
await raises("DomainAlreadyExistsFault", () =>
    swf.registerDomain({ name: domain, workflowExecutionRetentionPeriodInDays: "1" }));
await raises("TypeAlreadyExistsFault", () => swf.registerWorkflowType({ domain, ...bare }));
await raises("WorkflowExecutionAlreadyStartedFault", () => start("first"));
await raises("LimitExceededFault", () => start("second"));
await raises("DefaultUndefinedFault", () => start("third", bare));
if (sdk.TypeNotDeprecatedFault)
    await raises("TypeNotDeprecatedFault", () => swf.deleteWorkflowType({ domain, workflowType: bare }));
await check("deprecate a type", () => swf.deprecateWorkflowType({ domain, workflowType: bare }));
await raises("TypeDeprecatedFault", () => start("third", bare));
await raises("TooManyTagsFault", async () => {
    const { domainInfo } = await swf.describeDomain({ name: domain });
    const tags = ["a", "b", "c"].map((key) => ({ key, value: "" }));
    await swf.tagResource({ resourceArn: domainInfo.arn, tags });
});
await check("deprecate the domain", () => swf.deprecateDomain({ name: domain }));
await raises("DomainDeprecatedFault", () => swf.deprecateDomain({ name: domain }));

await check("no class is left out", () => {
    assert.deepEqual(Object.keys(sdk).filter((name) => name.endsWith("Fault")).sort(), [...raised].sort());
});
