//! The list of promises, one file each. A promise that is not in the list does not compile (it would be dead code).

mod acceptance;

mod across_tables;

mod append_only;

mod as_of;

mod as_of_events;

mod bad_input;

mod baseline;

mod conditions_are_checked;

mod context;

mod drift;

mod events;

pub(crate) mod event_tables;

mod every_write_is_recorded;

mod filters;

mod from_pghistory;

mod from_pghistory_context;

mod from_pghistory_events;

mod from_pghistory_trackers;

mod history;

mod identifiers;

mod key_change;

mod life_cycle;

mod linked_history;

mod manual_events;

mod old_images;

mod oracle;

mod pains;

mod pains_at_scale;

mod pains_of_change;

pub(crate) mod revert;

mod revert_conflicts;

mod revert_deleted;

mod revert_foreign_keys;

mod revert_oracle;

mod second_plan_is_empty;

mod suspending;

mod trackers;

mod typed;

mod unchanged;

mod values;

mod writes;

use std::pin::Pin;

use crate::db::Db;
use crate::subject::Fresh;

/// One promise: its name (`file::promise`) and the proof, which panics where the promise is not kept.
pub struct Promise {
    /// As the test is called.
    pub name: &'static str,
    pub(crate) proof: Proof,
}

/// How a promise is proven.
pub(crate) enum Proof {
    /// On one fresh database.
    Once(fn(Db) -> Pin<Box<dyn Future<Output = ()>>>),
    /// On a fresh database for each generated case.
    ManyCases(fn(&tokio::runtime::Runtime, Fresh)),
}

/// Proves one promise on an engine.
///
/// # Panics
/// When it is not kept, or no promise bears this name.
pub fn keep(name: &str, fresh: Fresh) {
    let mut all = every_promise().into_iter().chain(crate::postgres::every_promise());
    let Some(promise) = all.find(|promise| promise.name == name) else {
        panic!("no promise is called {name}");
    };
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    let runtime = crate::db::wanted("a runtime", runtime);
    match promise.proof {
        Proof::Once(proof) => runtime.block_on(async { proof(Db::open(fresh, promise.name).await).await }),
        Proof::ManyCases(proof) => proof(&runtime, fresh),
    }
}

/// The name of every promise, those that only PostgreSQL is held to among them.
pub fn names() -> Vec<&'static str> {
    let all = every_promise().into_iter().chain(crate::postgres::every_promise());
    all.map(|promise| promise.name).collect()
}

/// The name of every promise that only PostgreSQL is held to.
pub fn names_postgres() -> Vec<&'static str> {
    crate::postgres::every_promise().into_iter().map(|promise| promise.name).collect()
}

/// Makes the list, and the macro that makes a `#[test]` of each of its lines in an engine's test binary.
macro_rules! promises {
    (
        ($dollar:tt) $macro_name:ident
        once { $($module:ident: $($promise:ident),+ ;)+ }
        cases { $($case_module:ident: $($case:ident),+ ;)* }
    ) => {
        pub(crate) fn every_promise() -> Vec<crate::promises::Promise> {
            use crate::promises::{Promise, Proof};
            vec![
                $($(Promise {
                    name: concat!(stringify!($module), "::", stringify!($promise)),
                    proof: Proof::Once(|db| Box::pin(async move { $module::$promise(&db).await })),
                },)+)+
                $($(Promise {
                    name: concat!(stringify!($case_module), "::", stringify!($case)),
                    proof: Proof::ManyCases($case_module::$case),
                },)+)*
            ]
        }

        /// One `#[test]` for each promise, in modules named like its file; the argument makes a fresh database,
        /// see [`Fresh`](crate::subject::Fresh).
        #[macro_export]
        macro_rules! $macro_name {
            ($dollar fresh:path) => {
                $(mod $module { $(
                    #[test]
                    fn $promise() {
                        $crate::keep(concat!(stringify!($module), "::", stringify!($promise)), $dollar fresh);
                    }
                )+ })+
                $(mod $case_module { $(
                    #[test]
                    fn $case() {
                        $crate::keep(concat!(stringify!($case_module), "::", stringify!($case)), $dollar fresh);
                    }
                )+ })*
            };
        }
    };
}
pub(crate) use promises;

promises! {
    ($) conformance
    once {
        acceptance: conflicts_report_what_really_happened, children_of_an_untracked_parent,
            a_foreign_key_alone_is_a_change, a_write_of_the_same_is_no_event,
            only_written_columns_and_real_values, rolled_back_leaves_nothing, toggling_gives_every_event,
            times_are_utc, the_actor_survives_a_hand_over_to_a_job, renamed_columns_keep_their_history,
            what_is_left_out_never_reaches_the_disk, recorded_writes_of_the_same_change_nothing;
        across_tables: tracks, tracks_through_a_change_of_key, tracks_hundreds_of_rows,
            tracks_by_composite_and_text_keys, what_is_not_tracked_is_refused, references,
            references_of_a_table_not_tracked, references_by_several_and_by_other_columns, rows_that_point_there,
            a_row_that_points_at_its_own_table, events_without_a_key;
        append_only: events_can_not_be_changed, also_after_tracking_ended;
        as_of: rows_as_they_were, a_moment_before_the_tracking_is_refused,
            a_moment_before_the_baseline_is_never_answered_wrongly, one_row, key_changes, truncate;
        as_of_events: rows_as_they_were, one_row, before_the_baseline_of_a_row, before_the_tracking_is_refused;
        bad_input: unknown_table, misspelt_column, no_key, view, malformed_request, key_of_the_wrong_shape,
            events_name_taken_twice, own_prefix, all_problems_at_once, never_tracked_table, contradictions;
        baseline: rows_from_before_get_one_each, the_first_change_keeps_the_original, interrupted_and_resumed,
            writers_between_turns, done_means_lean, without_baseline, tracking_again_begins_anew;
        conditions_are_checked: malformed, missing_column, injections, old_on_insert, new_on_delete,
            checking_runs_nothing;
        context: who_and_why, nested_scopes, nothing_leaks, hostile_strings, outside_any_context,
            a_scope_rolled_back, a_transaction_rolled_back, earlier_events_keep_theirs;
        drift: a_dropped_trigger, a_trigger_changed_by_hand, a_disabled_trigger, a_dropped_guard;
        event_tables: no_key, changeable, indexes, extra_columns, values_are_checked, context_as_a_copy,
            context_in_both_forms, no_context, every_life;
        events: every_filter, pages_visit_each_event_once, across_tables, the_diff_is_against_the_event_before;
        every_write_is_recorded: insert, bulk_insert, update, bulk_update, upsert, delete, cascade_delete,
            set_null_cascade, inside_a_trigger, savepoint_rolled_back, transaction_rolled_back, truncate,
            nulls, replace, default_values;
        filters: by_context, by_a_copied_context, without_a_context, by_changed_columns,
            a_column_not_recorded_has_no_value, by_values, far_behind_the_newest;
        from_pghistory: image_field_snapshot, unique_field_tracking, duplicate_registration, m2m_through_tracking,
            m2m_without_a_column_of_its_own, custom_pk_and_custom_column, events_on_event_model,
            dt_field_snapshot_tracking, fk_cascading, custom_snapshot_model_tracking, empty_fields,
            custom_ignore_auto_fields_tracker, conditional_untracked_field, concrete_inheritance, generated_field,
            conditional_statement_trigger;
        from_pghistory_context: denorm_context_tracking, track_context_id, track_context_metadata,
            track_context_metadata_single_quote, track_context_metadata_percent, nested_tracking,
            scope_inside_transaction, post;
        from_pghistory_events: events_no_history, events_no_references, custom_event_proxy,
            events_references_joining_filtering, events_references_denorm_context,
            events_references_no_obj_tracking_filters, events_usage;
        from_pghistory_trackers: update_event_condition_none_overrides_default, rowevent_level_override_respected,
            model_snapshot_tracking, composer_log, is_distinct_from_condition;
        history: timeline, since_until_limit, changed_columns, typed_events_of_an_older_shape;
        identifiers: hostile_columns, hostile_tables, long_names, columns_called_old_and_new, hostile_labels;
        key_change: one_linked_event, composite_keys, text_keys, overlapping_keys, swapped_keys,
            history_follows_the_row, with_other_columns, bulk_to_free_keys;
        life_cycle: every_situation;
        pains: the_context_is_in_the_way_of_statements, event_ids_run_out, the_first_change_loses_the_original,
            a_rename_loses_the_history, noise_of_timestamps, diffs_of_old_rows_are_wrong,
            order_within_a_transaction, contexts_can_not_be_searched, no_single_stream, composite_keys,
            dropped_columns_take_their_history, labels_change_their_meaning;
        pains_at_scale: reads_slow_down_with_the_history, bulk_writes_get_slower_by_the_row,
            tables_grow_without_end, tracking_can_not_be_suspended;
        pains_of_change: triggers_are_outdated_after_a_migration, a_new_column_is_written_before_the_apply,
            renames_in_the_wrong_order,
            a_revert_forgets_related_rows, inheritance, truncate_goes_unseen;
        linked_history: a_join_table_shows_at_both_ends, limit_and_times_count_over_all, through_changes_of_the_key,
            inheritance_by_key, related_rows_level_by_level;
        manual_events: what_is_given_and_the_rest_from_the_table, with_the_context_around_it,
            many_at_once_in_their_order, of_a_row_that_is_not_there, an_unknown_label_is_refused,
            what_does_not_fit_is_refused, undone_with_its_transaction, the_past_is_what_the_table_was,
            event_tables_of_every_form;
        revert: one_event, an_event_in_the_middle, a_row_to_a_moment, a_row_to_a_time, a_transaction,
            a_context_and_a_request, the_plan_writes_nothing, it_is_recorded_as_a_revert,
            a_revert_of_a_revert_gives_back_the_original, changed_between_plan_and_revert,
            three_reverts_and_a_partial_one, truncate, computed_and_later_columns;
        revert_conflicts: changed_since, gone_and_exists, already_as_it_should_be, unique_clash, missing_parent,
            still_referenced, not_recorded, what_was_before_is_not_known, old_images, ignored_columns,
            recorded_by_an_earlier_event_table,
            events_without_a_key, tables_that_are_not_tracked_any_more, nothing_of_it_is_recorded;
        revert_deleted: a_deleted_row_with_its_children, a_deleted_row_and_what_happened_since,
            a_row_that_was_never_deleted;
        revert_foreign_keys: key_changes, keys_that_go_round, swapped_unique_values, a_tree,
            a_cycle_of_deferrable_constraints;
        old_images: by_the_next_event_or_the_row_itself, by_the_table_that_has_it_all, through_a_change_of_key,
            not_known_where_changes_are_left_out, not_known_where_rows_come_and_go_unseen, recorded_columns_only;
        second_plan_is_empty: nothing_declared, one_table, declared_again_differently, two_handles,
            uninstall_twice;
        suspending: nothing_is_recorded, only_what_is_named, one_of_several_trackers, nested, several_at_once,
            nothing_leaks, savepoints, it_is_on_record, an_unknown_tracker_is_refused, injections,
            the_past_is_never_wrong;
        trackers: operations, label, images, only_and_except, any_changed, all_changed, any_unchanged,
            all_unchanged, condition_on_a_column_not_stored, when, several_share_one_event_table,
            several_event_tables, no_columns_but_the_key, default_and_own_operations, a_dropped_rule_leaves_its_events;
        typed: columns_before_and_after, diffs_and_contexts, all_at_a_moment, rows_by_their_struct;
        unchanged: skip, record, suppress, skip_looks_at_recorded_columns, nulls_compare;
        values: types_round_trip, types_compare, extremes, written_back;
        writes: in_order_and_on_record, all_or_nothing, expectations_compare_by_type, foreign_keys,
            unique_values_in_order, many_rows, rows_now;
    }
    cases {
        oracle: captured_is_what_happened, captured_while_the_baseline_is_pending, overlapping_keys;
        revert_oracle: a_transaction_leaves_no_trace;
    }
}
