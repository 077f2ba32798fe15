// Every paginator of the SDK: all of it comes, once, in the order of the list, page by page.
import assert from "node:assert/strict";
import { check, sdk, swf } from "./check.js";
import { complete, decide, deciders, register, workflowType } from "./fixture.js";

const domain = "paging";
const startTimeFilter = { oldestDate: new Date(0) };

// The pages of a paginator, each cut down to what `pick` says of it.
async function pagesOf(paginate, input, pick) {
    const pages = [];
    for await (const page of paginate({ client: swf, pageSize: 2 }, input)) pages.push(pick(page));
    return pages;
}

function idsOf(page) {
    return page.executionInfos.map((info) => info.execution.workflowId);
}

await check("register", async () => {
    await register(domain);
    for (const version of ["2", "3", "4", "5"]) {
        await swf.registerWorkflowType({ domain, name: "sum", version });
        await swf.registerActivityType({ domain, name: "add", version });
    }
    for (const name of ["paging-2", "paging-3"])
        await swf.registerDomain({ name, workflowExecutionRetentionPeriodInDays: "NONE" });
    for (const workflowId of ["a", "b", "c"]) await swf.startWorkflowExecution({ domain, workflowId, workflowType });
});

await check("paginateListDomains", async () => {
    const pages = await pagesOf(sdk.paginateListDomains, { registrationStatus: "REGISTERED" },
        (page) => page.domainInfos.map((info) => info.name));
    assert.deepEqual(pages, [["paging", "paging-2"], ["paging-3"]]);
});

await check("paginateListWorkflowTypes", async () => {
    const pages = await pagesOf(sdk.paginateListWorkflowTypes, { domain, registrationStatus: "REGISTERED" },
        (page) => page.typeInfos.map((info) => info.workflowType.version));
    assert.deepEqual(pages, [["1", "2"], ["3", "4"], ["5"]]);
});

await check("paginateListActivityTypes", async () => {
    const pages = await pagesOf(sdk.paginateListActivityTypes, { domain, registrationStatus: "REGISTERED" },
        (page) => page.typeInfos.map((info) => info.activityType.version));
    assert.deepEqual(pages, [["1", "2"], ["3", "4"], ["5"]]);
});

await check("paginateListOpenWorkflowExecutions", async () => {
    const pages = await pagesOf(sdk.paginateListOpenWorkflowExecutions, { domain, startTimeFilter }, idsOf);
    assert.deepEqual(pages, [["c", "b"], ["a"]]);
});

await check("paginatePollForDecisionTask", async () => {
    const pages = [];
    let taskToken;
    for await (const page of sdk.paginatePollForDecisionTask(
        { client: swf, pageSize: 2 }, { domain, taskList: deciders })) {
        taskToken ??= page.taskToken;
        assert.equal(page.workflowExecution.workflowId, "a");
        pages.push(page.events.map((event) => event.eventId));
    }
    assert.deepEqual(pages, [[1, 2], [3]]);
    await decide(taskToken, [complete("1")]);
    for (const workflowId of ["b", "c"]) {
        const task = await swf.pollForDecisionTask({ domain, taskList: deciders });
        assert.equal(task.workflowExecution.workflowId, workflowId);
        await decide(task.taskToken, [complete("1")]);
    }
});

await check("paginateListClosedWorkflowExecutions", async () => {
    const pages = await pagesOf(sdk.paginateListClosedWorkflowExecutions,
        { domain, startTimeFilter, reverseOrder: true }, idsOf);
    assert.deepEqual(pages, [["a", "b"], ["c"]]);
});

await check("paginateGetWorkflowExecutionHistory", async () => {
    const { executionInfos: [{ execution }] } = await swf.listClosedWorkflowExecutions({
        domain, startTimeFilter, executionFilter: { workflowId: "a" } });
    const pages = await pagesOf(sdk.paginateGetWorkflowExecutionHistory, { domain, execution },
        (page) => page.events.map((event) => event.eventType));
    assert.deepEqual(pages, [
        ["WorkflowExecutionStarted", "DecisionTaskScheduled"], ["DecisionTaskStarted", "DecisionTaskCompleted"],
        ["WorkflowExecutionCompleted"],
    ]);
});

await check("there is no other paginator", () => {
    assert.equal(Object.keys(sdk).filter((name) => name.startsWith("paginate")).length, 7);
});
