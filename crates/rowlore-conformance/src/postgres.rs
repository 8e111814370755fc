//! Promises that only PostgreSQL can be held to.

mod bystanders;

mod columns;

mod concurrency;

mod event_tables_placed;

mod inheritance;

mod from_pgtrigger;

mod gaps;

mod manual_sql;

mod partitions;

mod past_functions;

mod probing;

mod reverts;

mod sessions;

mod speed;

mod stalls;

mod suspending_sql;

mod tenants;

mod ways_to_write;

use crate::promises::promises;

promises! {
    ($) conformance_postgres
    once {
        bystanders: empty_search_path, hostile_search_path, role_without_rights, row_level_security,
            lock_timeout_is_theirs;
        columns: generated, identity, json_updates, unchanged_wide_row, virtual_generated;
        concurrency: two_sessions_one_row, attribution_is_exact, read_while_another_writes;
        from_pgtrigger: protect, protect_statement_level, partition, read_only, soft_delete, fsm, deferred_trigger,
            statement_row_level_logging, updating_trigger_condition, complex_conditions, trigger_management,
            alter_type_of_a_conditioned_column, create_remove_models, custom_db_table, concurrent_index_creation,
            named_cursor, multi_schema, protect_statement_level_insert_update, deferred_trigger_ignored;
        event_tables_placed: a_schema_of_the_users, somebody_elses_table_is_no_event_table, moved_to_another_schema,
            renamed_with_its_table,
            rowlores_own_names_are_refused, time_of_the_transaction, contexts_without_a_row,
            contexts_of_others_stay_theirs, partitions_by_time,
            a_guard_of_a_partition_is_missing, events_from_before_their_partition,
            read_across_partitions,
            whether_it_is_partitioned_can_not_change, nothing_of_it_looks_like_a_users_table, hostile_names, every_life;
        gaps: roles_that_skip_triggers, rights_that_are_missing;
        inheritance: through_the_parent, aimed_at_an_heir, an_heir_with_rules_of_its_own, truncated,
            heirs_come_and_go, becomes_an_heir, suppressed, keys_may_clash_and_it_says_so;
        manual_sql: for_who_may_write_the_table, values_of_every_type, composite_keys_and_other_schemas,
            nonsense_is_refused, ten_thousand_at_once;
        partitions: through_the_parent, aimed_at_a_partition, moved_across, truncated, added_later, nested;
        past_functions: a_table_and_a_row, the_view_follows_a_setting, many_events_and_few, what_is_not_known_is_refused,
            they_follow_the_table, changed_by_hand, with_the_rights_of_who_asks;
        probing: all_is_recorded_and_nothing_stays, an_empty_table, what_does_not_fire_is_missed,
            conditions_may_not_hold, every_kind_of_table;
        reverts: every_type, identity_columns, partitions, a_cycle_over_schemas, swapped_where_the_constraint_waits,
            many_rows;
        sessions: who_edits_by_hand, no_row_for_each_transaction, no_row_without_an_event,
            settings_end_with_the_transaction, set_context_refuses_nonsense;
        speed: never_quadratic, never_quadratic_while_the_baseline_is_pending;
        suspending_sql: a_setting_is_not_enough, only_for_whom_it_is_granted, a_scope_that_ended_stays_closed,
            what_was_suspended_stays_on_record, each_change_is_a_row, truncate_and_partitions,
            while_the_baseline_is_pending, names_with_schemas;
        stalls: writers_pass_an_apply_that_waits;
        tenants: a_schema_for_each_tenant, tenants_come_and_go, the_same_key_twice;
        ways_to_write: copy, merge, with_queries, inside_functions, prepared_transactions, deferred_keys,
            before_triggers, update_from, schemas, temporary_namesake;
    }
    cases {}
}
