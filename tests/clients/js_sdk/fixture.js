// A domain with a type of each kind, and the shortest way to say what a workflow does.
import { swf } from "./check.js";

export const deciders = { name: "deciders" };
export const workers = { name: "workers" };
export const workflowType = { name: "sum", version: "1" };
export const activityType = { name: "add", version: "1" };

export async function registerTypes(domain) {
    await swf.registerWorkflowType({
        domain, ...workflowType, defaultTaskList: deciders, defaultChildPolicy: "TERMINATE",
        defaultTaskStartToCloseTimeout: "60", defaultExecutionStartToCloseTimeout: "3600",
    });
    await swf.registerActivityType({
        domain, ...activityType, defaultTaskList: workers, defaultTaskHeartbeatTimeout: "NONE",
        defaultTaskScheduleToStartTimeout: "60", defaultTaskScheduleToCloseTimeout: "60",
        defaultTaskStartToCloseTimeout: "60",
    });
}

export async function register(domain) {
    await swf.registerDomain({ name: domain, workflowExecutionRetentionPeriodInDays: "1" });
    await registerTypes(domain);
}

export function decide(taskToken, decisions, more) {
    return swf.respondDecisionTaskCompleted({ taskToken, decisions, ...more });
}

export function schedule(activityId, input) {
    return {
        decisionType: "ScheduleActivityTask",
        scheduleActivityTaskDecisionAttributes: { activityId, activityType, input },
    };
}

export function complete(result) {
    return {
        decisionType: "CompleteWorkflowExecution",
        completeWorkflowExecutionDecisionAttributes: { result },
    };
}
