// What came to the API in 2023 and 2024; older releases of the SDK do not know it.
import assert from "node:assert/strict";
import { check, sdk, swf } from "./check.js";
import { activityType, complete, decide, deciders, register, registerTypes, schedule, workers, workflowType } from "./fixture.js";

const domain = "recent";
const elsewhere = { name: "elsewhere" };

await check("register", () => register(domain));

await check("types are deleted once they are deprecated", async () => {
    for (const [what, type] of [["Activity", { activityType }], ["Workflow", { workflowType }]]) {
        const deleteType = () => swf[`delete${what}Type`]({ domain, ...type });
        await assert.rejects(deleteType, (error) => error instanceof sdk.TypeNotDeprecatedFault);
        await swf[`deprecate${what}Type`]({ domain, ...type });
        await deleteType();
        await assert.rejects(() => swf[`describe${what}Type`]({ domain, ...type }),
            (error) => error instanceof sdk.UnknownResourceFault);
    }
});

await check("and may be registered anew", () => registerTypes(domain));

async function work() {
    const { taskToken } = await swf.pollForActivityTask({ domain, taskList: workers });
    await swf.respondActivityTaskCompleted({ taskToken, result: "2" });
}

let execution;

await check("a completion moves the run to another task list", async () => {
    const run = await swf.startWorkflowExecution({ domain, workflowId: "moved", workflowType });
    execution = { workflowId: "moved", runId: run.runId };
    const task = await swf.pollForDecisionTask({ domain, taskList: deciders });
    await decide(task.taskToken, [schedule("a", "1")],
        { taskList: elsewhere, taskListScheduleToStartTimeout: "60" });
    await work();
    assert.equal((await swf.countPendingDecisionTasks({ domain, taskList: deciders })).count, 0);
    assert.equal((await swf.countPendingDecisionTasks({ domain, taskList: elsewhere })).count, 1);
});

await check("a poll that wants only what is new", async () => {
    const task = await swf.pollForDecisionTask({ domain, taskList: elsewhere, startAtPreviousStartedEvent: true });
    assert.equal(task.previousStartedEventId, 3);
    assert.equal(task.events[0].eventId, 3);
    assert.equal(task.events.at(-1).eventId, task.startedEventId);
    await decide(task.taskToken, [complete("2")]);
});

await check("the events tell of it", async () => {
    const { events } = await swf.getWorkflowExecutionHistory({ domain, execution });
    const completed = events.find((event) => event.eventType === "DecisionTaskCompleted");
    const scheduled = events.filter((event) => event.eventType === "DecisionTaskScheduled");
    assert.deepEqual(completed.decisionTaskCompletedEventAttributes, {
        scheduledEventId: 2, startedEventId: 3, taskList: elsewhere, taskListScheduleToStartTimeout: "60" });
    assert.deepEqual(scheduled.map((event) => event.decisionTaskScheduledEventAttributes), [
        { taskList: deciders, startToCloseTimeout: "60", scheduleToStartTimeout: "NONE" },
        { taskList: elsewhere, startToCloseTimeout: "60", scheduleToStartTimeout: "60" },
    ]);
});
