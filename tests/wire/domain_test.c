/*
 * RegisterDomain, DescribeDomain, ListDomains, DeprecateDomain.
 */
#include "script.h"
#include <stdio.h>

#define test(f) cmocka_unit_test_setup_teardown(f, script_setup, script_teardown)

#define DOMAIN "{'name':'d','workflowExecutionRetentionPeriodInDays':'1'}"
#define INFO(name, status)                                                       \
    "{'arn':'arn:aws:swf:us-east-1:123456789012:/domain/" name "','name':'" name \
    "','status':'" status "'}"
#define DETAIL(retention, info)                                              \
    "{'configuration':{'workflowExecutionRetentionPeriodInDays':'" retention \
    "'},'domainInfo':" info "}"

static void a_new_domain_is_described_as_it_was_registered(void **state)
{
    PLAY(*state,
         DO("RegisterDomain", "{'name':'Orders Ltd.','description':'buy & \\'sell\\'',"
                              "'workflowExecutionRetentionPeriodInDays':'90'}"),
         GET("DescribeDomain", "{'name':'Orders Ltd.'}",
             "{'configuration':{'workflowExecutionRetentionPeriodInDays':'90'},"
             "'domainInfo':{'arn':'arn:aws:swf:us-east-1:123456789012:/domain/Orders Ltd.',"
             "'description':'buy & \\'sell\\'','name':'Orders Ltd.','status':'REGISTERED'}}"));
}

static void what_was_not_given_is_not_there(void **state)
{
    PLAY(*state, DO("RegisterDomain", DOMAIN),
         GET("DescribeDomain", "{'name':'d'}", DETAIL("1", INFO("d", "REGISTERED"))));
}

static void empty_description_stays_empty(void **state)
{
    PLAY(*state,
         DO("RegisterDomain",
            "{'name':'d','description':'','workflowExecutionRetentionPeriodInDays':'0'}"),
         GET("DescribeDomain", "{'name':'d'}",
             DETAIL("0", "{'arn':'arn:aws:swf:us-east-1:123456789012:/domain/d','description':'',"
                         "'name':'d','status':'REGISTERED'}")));
}

static void retention_is_kept_as_given(void **state)
{
    PLAY(*state,
         DO("RegisterDomain", "{'name':'n','workflowExecutionRetentionPeriodInDays':'NONE'}"),
         DO("RegisterDomain", "{'name':'z','workflowExecutionRetentionPeriodInDays':'007'}"),
         GET("DescribeDomain", "{'name':'n'}", DETAIL("NONE", INFO("n", "REGISTERED"))),
         GET("DescribeDomain", "{'name':'z'}", DETAIL("007", INFO("z", "REGISTERED"))));
}

static void names_differ_by_case(void **state)
{
    PLAY(*state, DO("RegisterDomain", DOMAIN),
         DO("RegisterDomain", "{'name':'D','workflowExecutionRetentionPeriodInDays':'1'}"),
         FAULT("DescribeDomain", "{'name':'\xc3\xa9'}", "UnknownResourceFault",
               "Unknown domain: \xc3\xa9"));
}

static void a_name_is_taken_for_ever(void **state)
{
    PLAY(*state, DO("RegisterDomain", DOMAIN),
         FAULT("RegisterDomain", DOMAIN, "DomainAlreadyExistsFault", "d"),
         DO("DeprecateDomain", "{'name':'d'}"),
         FAULT("RegisterDomain", DOMAIN, "DomainAlreadyExistsFault", "d"));
}

static void unknown_domains(void **state)
{
    PLAY(*state,
         FAULT("DescribeDomain", "{'name':'d'}", "UnknownResourceFault", "Unknown domain: d"),
         FAULT("DeprecateDomain", "{'name':'d'}", "UnknownResourceFault", "Unknown domain: d"));
}

static void a_deprecated_domain_says_so(void **state)
{
    PLAY(*state, DO("RegisterDomain", DOMAIN), DO("DeprecateDomain", "{'name':'d'}"),
         GET("DescribeDomain", "{'name':'d'}", DETAIL("1", INFO("d", "DEPRECATED"))),
         FAULT("DeprecateDomain", "{'name':'d'}", "DomainDeprecatedFault", "d"));
}

static void deprecating_a_domain_deprecates_its_types(void **state)
{
    script_register(*state);
    PLAY(*state, DO("DeprecateDomain", "{'name':'d'}"),
         FAULT("DeprecateWorkflowType", "{'domain':'d','workflowType':{'name':'w','version':'1'}}",
               "TypeDeprecatedFault", "WorkflowType=[name=w, version=1]"),
         FAULT("DeprecateActivityType", "{'domain':'d','activityType':{'name':'a','version':'1'}}",
               "TypeDeprecatedFault", "ActivityType=[name=a, version=1]"),
         GET("ListActivityTypes", "{'domain':'d','registrationStatus':'DEPRECATED'}",
             "{'typeInfos':[{'activityType':{'name':'a','version':'1'},'creationDate':" BEGIN
             ",'deprecationDate':" BEGIN ",'status':'DEPRECATED'}]}"));
}

/* ---- limits ---- */

static void register_numbered(struct script *script, int count)
{
    for (int i = 0; i < count; i++) {
        char request[96];
        snprintf(request, sizeof(request),
                 "{'name':'d%02d','workflowExecutionRetentionPeriodInDays':'1'}", i);
        play_steps(script, &(struct step)DO("RegisterDomain", request), 1);
    }
}

static void a_hundred_domains_and_no_more(void **state)
{
    register_numbered(*state, 100);
    PLAY(*state,
         FAULT("RegisterDomain", DOMAIN, "LimitExceededFault",
               "Limit of 100 domains per account reached"),
         DO("DeprecateDomain", "{'name':'d07'}"),
         FAULT("RegisterDomain", DOMAIN, "LimitExceededFault",
               "Limit of 100 domains per account reached"));
}

/* {'name':'d',...,'tags':[...]} with `count` tags. */
static void register_tagged(struct script *script, int count, int status, const char *reply)
{
    char request[4096];
    int at = snprintf(request, sizeof(request),
                      "{'name':'d','workflowExecutionRetentionPeriodInDays':'1','tags':[");

    for (int i = 0; i < count; i++)
        at += snprintf(request + at, sizeof(request) - (size_t)at, "%s{'key':'k%d','value':'v'}",
                       i ? "," : "", i);
    snprintf(request + at, sizeof(request) - (size_t)at, "]}");
    play_steps(script, &(struct step){ "RegisterDomain", request, status, reply }, 1);
}

static void fifty_tags_and_no_more(void **state)
{
    register_tagged(*state, 51, 400,
                    FAULT_BODY(SWF "TooManyTagsFault", "Too many tags: a domain has at most 50"));
    PLAY(*state,
         FAULT("DescribeDomain", "{'name':'d'}", "UnknownResourceFault", "Unknown domain: d"));
    register_tagged(*state, 50, 200, "");
}

/* ---- lists ---- */

#define LIST_INFO(name) INFO(name, "REGISTERED")

static void register_three(struct script *script)
{
    PLAY(script, DO("RegisterDomain", "{'name':'b','workflowExecutionRetentionPeriodInDays':'1'}"),
         DO("RegisterDomain", "{'name':'a','workflowExecutionRetentionPeriodInDays':'1'}"),
         DO("RegisterDomain", "{'name':'c','workflowExecutionRetentionPeriodInDays':'1'}"));
}

static void nothing_to_list(void **state)
{
    PLAY(*state, GET("ListDomains", "{'registrationStatus':'REGISTERED'}", "{'domainInfos':[]}"),
         GET("ListDomains", "{'registrationStatus':'DEPRECATED'}", "{'domainInfos':[]}"));
}

static void domains_are_listed_by_name(void **state)
{
    register_three(*state);
    PLAY(*state,
         GET("ListDomains", "{'registrationStatus':'REGISTERED'}",
             "{'domainInfos':[" LIST(LIST_INFO("a"), LIST_INFO("b"), LIST_INFO("c")) "]}"),
         GET("ListDomains", "{'registrationStatus':'REGISTERED','reverseOrder':true}",
             "{'domainInfos':[" LIST(LIST_INFO("c"), LIST_INFO("b"), LIST_INFO("a")) "]}"));
}

static void each_status_has_its_list(void **state)
{
    register_three(*state);
    PLAY(*state, DO("DeprecateDomain", "{'name':'b'}"),
         GET("ListDomains", "{'registrationStatus':'REGISTERED'}",
             "{'domainInfos':[" LIST(LIST_INFO("a"), LIST_INFO("c")) "]}"),
         GET("ListDomains", "{'registrationStatus':'DEPRECATED'}",
             "{'domainInfos':[" INFO("b", "DEPRECATED") "]}"));
}

static void descriptions_are_listed(void **state)
{
    PLAY(*state,
         DO("RegisterDomain", "{'name':'d','description':'what for','workflowExecutionRetention"
                              "PeriodInDays':'1'}"),
         GET("ListDomains", "{'registrationStatus':'REGISTERED'}",
             "{'domainInfos':[{'arn':'arn:aws:swf:us-east-1:123456789012:/domain/d',"
             "'description':'what for','name':'d','status':'REGISTERED'}]}"));
}

static void pages_of_domains(void **state)
{
    register_three(*state);
    PLAY(*state,
         GET("ListDomains", "{'registrationStatus':'REGISTERED','maximumPageSize':2}",
             "{'domainInfos':[" LIST(LIST_INFO("a"), LIST_INFO("b")) "],'nextPageToken':'<next>'}"),
         GET("ListDomains",
             "{'registrationStatus':'REGISTERED','maximumPageSize':2,'nextPageToken':'<next>'}",
             "{'domainInfos':[" LIST_INFO("c") "]}"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        test(a_new_domain_is_described_as_it_was_registered),
        test(what_was_not_given_is_not_there),
        test(empty_description_stays_empty),
        test(retention_is_kept_as_given),
        test(names_differ_by_case),
        test(a_name_is_taken_for_ever),
        test(unknown_domains),
        test(a_deprecated_domain_says_so),
        test(deprecating_a_domain_deprecates_its_types),
        test(a_hundred_domains_and_no_more),
        test(fifty_tags_and_no_more),
        test(nothing_to_list),
        test(domains_are_listed_by_name),
        test(each_status_has_its_list),
        test(descriptions_are_listed),
        test(pages_of_domains),
    };

    return cmocka_run_group_tests_name("domains", tests, NULL, NULL);
}
