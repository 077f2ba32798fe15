// A decider, a worker and a starter on the AWS SDK for JavaScript.
import assert from "node:assert/strict";
import { check, endpoint, sdk, swf } from "./check.js";
import { activityType, complete, decide, deciders, register, schedule, workers, workflowType } from "./fixture.js";

const domain = "js";

// The call fails with this class of the SDK's, or at least with this name, and this message.
async function fails(call, kind, message) {
    const name = typeof kind === "string" ? kind : kind.name;
    await assert.rejects(call, (error) => {
        assert.equal(error.name, name);
        assert.equal(error.message, message);
        assert.equal(error.$metadata.httpStatusCode, 400);
        assert.match(error.$metadata.requestId, /^[0-9a-f-]{36}$/);
        assert.equal(error.$fault, "client");
        if (typeof kind !== "string") assert.ok(error instanceof kind);
        return true;
    });
}

async function parkedPolls() {
    return (await (await fetch(`${endpoint}/healthz`)).json()).parkedPolls;
}

// A server that asks who calls tells nobody how many polls it holds.
const tellsFigures = (await parkedPolls()) !== undefined;

async function untilParked(count) {
    while (tellsFigures && (await parkedPolls()) !== count);
}

function start(workflowId, more) {
    return swf.startWorkflowExecution({ domain, workflowId, workflowType, ...more });
}

// ---- registration

await check("register", () => register(domain));

await check("describe a domain", async () => {
    const { $metadata, ...detail } = await swf.describeDomain({ name: domain });
    assert.deepEqual(detail, {
        configuration: { workflowExecutionRetentionPeriodInDays: "1" },
        domainInfo: { arn: "arn:aws:swf:us-east-1:123456789012:/domain/js", name: "js", status: "REGISTERED" },
    });
    assert.equal($metadata.httpStatusCode, 200);
});

await check("dates arrive as dates", async () => {
    const { typeInfo } = await swf.describeActivityType({ domain, activityType });
    assert.ok(typeInfo.creationDate instanceof Date);
    assert.ok(Math.abs(Date.now() - typeInfo.creationDate) < 3600_000);
});

await check("the paginator of the SDK", async () => {
    for (const version of ["2", "3", "4", "5"])
        await swf.registerActivityType({ domain, name: "add", version });
    const versions = [];
    let pages = 0;
    for await (const page of sdk.paginateListActivityTypes(
        { client: swf, pageSize: 2 }, { domain, registrationStatus: "REGISTERED" })) {
        versions.push(...page.typeInfos.map((info) => info.activityType.version));
        pages++;
    }
    assert.deepEqual(versions, ["1", "2", "3", "4", "5"]);
    assert.equal(pages, 3);
});

// ---- a workflow: 1 + 2, each fetched by an activity

let run;

await check("start while the decider polls", async () => {
    const polled = swf.pollForDecisionTask({ domain, taskList: deciders, identity: "decider" });
    await untilParked(1);
    run = await start("sum-1", { input: "[1,2]", tagList: ["é", "tag"] });
    assert.match(run.runId, /^.{46}$/);
    const task = await polled;
    assert.deepEqual(task.workflowExecution, { workflowId: "sum-1", runId: run.runId });
    assert.deepEqual(task.workflowType, workflowType);
    assert.equal(task.startedEventId, 3);
    assert.equal(task.previousStartedEventId, 0);
    assert.deepEqual(task.events[0].workflowExecutionStartedEventAttributes.tagList, ["é", "tag"]);
    assert.equal(task.events[2].decisionTaskStartedEventAttributes.identity, "decider");
    await decide(task.taskToken, [schedule("a", "1"), schedule("b", "2")], { executionContext: "began" });
});

await check("workers", async () => {
    for (const activityId of ["a", "b"]) {
        const task = await swf.pollForActivityTask({ domain, taskList: workers });
        assert.equal(task.activityId, activityId);
        assert.deepEqual(task.activityType, activityType);
        const heartbeat = await swf.recordActivityTaskHeartbeat({ taskToken: task.taskToken, details: "half" });
        assert.equal(heartbeat.cancelRequested, false);
        await swf.respondActivityTaskCompleted({ taskToken: task.taskToken, result: task.input });
    }
});

await check("a decision task page by page, answered with the first token", async () => {
    const poll = { domain, taskList: deciders, maximumPageSize: 4 };
    const first = await swf.pollForDecisionTask(poll);
    const events = [...first.events];
    for (let page = first; page.nextPageToken;) {
        page = await swf.pollForDecisionTask({ ...poll, nextPageToken: page.nextPageToken });
        assert.equal(page.startedEventId, first.startedEventId);
        events.push(...page.events);
    }
    assert.equal(first.previousStartedEventId, 3);
    assert.deepEqual(events.map((event) => event.eventId), Array.from({ length: first.startedEventId }, (_, i) => i + 1));
    const sum = events
        .filter((event) => event.eventType === "ActivityTaskCompleted")
        .reduce((total, event) => total + Number(event.activityTaskCompletedEventAttributes.result), 0);
    await decide(first.taskToken, [
        { decisionType: "RecordMarker", recordMarkerDecisionAttributes: { markerName: "sum", details: `${sum}` } },
        complete(`${sum}`),
    ]);
});

await check("what became of it", async () => {
    const execution = { workflowId: "sum-1", runId: run.runId };
    const detail = await swf.describeWorkflowExecution({ domain, execution });
    assert.equal(detail.executionInfo.closeStatus, "COMPLETED");
    assert.ok(detail.executionInfo.closeTimestamp >= detail.executionInfo.startTimestamp);
    assert.equal(detail.latestExecutionContext, "began");
    const types = [];
    for await (const page of sdk.paginateGetWorkflowExecutionHistory({ client: swf, pageSize: 3 }, { domain, execution }))
        types.push(...page.events.map((event) => event.eventType));
    assert.equal(types.length, 15);
    assert.deepEqual(types.slice(-3), ["DecisionTaskCompleted", "MarkerRecorded", "WorkflowExecutionCompleted"]);
});

await check("a timer and a failure", async () => {
    await start("timer");
    const first = await swf.pollForDecisionTask({ domain, taskList: deciders });
    const polled = swf.pollForDecisionTask({ domain, taskList: deciders });
    await decide(first.taskToken, [
        { decisionType: "StartTimer", startTimerDecisionAttributes: { timerId: "t", startToFireTimeout: "0" } },
    ]);
    const second = await polled;
    assert.equal(second.events.at(-3).eventType, "TimerFired");
    await decide(second.taskToken, [
        { decisionType: "FailWorkflowExecution", failWorkflowExecutionDecisionAttributes: { reason: "enough" } },
    ]);
});

// ---- polls

// Only where it can be seen when the poll is held, and when it is given up.
if (tellsFigures) await check("an aborted poll gets no task", async () => {
    const controller = new AbortController();
    const polled = swf.pollForDecisionTask({ domain, taskList: deciders }, { abortSignal: controller.signal });
    await untilParked(1);
    controller.abort();
    await assert.rejects(polled, { name: "AbortError" });
    await untilParked(0);
    await start("after-abort");
    const task = await swf.pollForDecisionTask({ domain, taskList: deciders });
    assert.equal(task.workflowExecution.workflowId, "after-abort");
    await decide(task.taskToken, [{ decisionType: "CancelWorkflowExecution" }]);
});

// ---- faults, as the SDK maps them

await check("UnknownResourceFault", () =>
    fails(() => swf.describeDomain({ name: "nowhere" }), sdk.UnknownResourceFault, "Unknown domain: nowhere"));
await check("DomainAlreadyExistsFault", () =>
    fails(() => swf.registerDomain({ name: domain, workflowExecutionRetentionPeriodInDays: "1" }),
        sdk.DomainAlreadyExistsFault, "js"));
await check("TypeAlreadyExistsFault", () =>
    fails(() => swf.registerWorkflowType({ domain, ...workflowType }),
        sdk.TypeAlreadyExistsFault, "WorkflowType=[name=sum, version=1]"));
await check("WorkflowExecutionAlreadyStartedFault", async () => {
    await start("twice");
    await fails(() => start("twice"), sdk.WorkflowExecutionAlreadyStartedFault, "Already Started");
});
await check("DefaultUndefinedFault", async () => {
    await swf.registerWorkflowType({ domain, name: "bare", version: "1" });
    await fails(() => start("bare", { workflowType: { name: "bare", version: "1" } }),
        sdk.DefaultUndefinedFault, "executionStartToCloseTimeout");
});
await check("TypeDeprecatedFault", async () => {
    await swf.deprecateWorkflowType({ domain, workflowType: { name: "bare", version: "1" } });
    await fails(() => start("bare", { workflowType: { name: "bare", version: "1" } }),
        sdk.TypeDeprecatedFault, "WorkflowType=[name=bare, version=1]");
});
await check("ValidationException", () =>
    fails(() => swf.respondActivityTaskCanceled({ taskToken: "nonsense" }), "ValidationException", "Invalid token"));
await check("a missing member", () =>
    fails(() => swf.describeWorkflowExecution({ domain, execution: { workflowId: "x" } }), "ValidationException",
        "1 validation error detected: Value null at 'execution.runId' failed to satisfy constraint: " +
        "Member must not be null"));
await check("DomainDeprecatedFault", async () => {
    await swf.deprecateDomain({ name: domain });
    await fails(() => swf.deprecateDomain({ name: domain }), sdk.DomainDeprecatedFault, "js");
});
