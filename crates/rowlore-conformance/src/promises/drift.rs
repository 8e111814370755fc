//! What somebody did by hand is found, named and mended.

use rowlore::declare::TrackedTable;
use rowlore::found::{ObjectId, ObjectKind};
use rowlore::plan::Action;

use crate::db::{Db, wanted};

async fn books(db: &Db) {
    db.run("create table books (id bigint primary key, title text)").await;
    db.track([TrackedTable::new("books")]).await;
}

/// The objects of one kind that capture the changes of `books`.
async fn capturing(db: &Db, kind: ObjectKind) -> Vec<ObjectId> {
    let registered = db.lore.registered().await.expect("the registry");
    let objects = db.lore.engine().dialect().capture_objects(&registered[0].installation);
    objects.into_iter().map(|object| object.id).filter(|id| id.kind == kind).collect()
}

/// The plan must put `id` right and nothing else, and then every operation is captured again.
async fn mended(db: &Db, id: &ObjectId) {
    let plan = wanted("a plan", db.plan([TrackedTable::new("books")]).await);
    let told = rowlore::plan::explain::explain(&plan, false);
    let about_it =
        |action: &Action| matches!(action, Action::Create(one) | Action::Replace(one) if one == id);
    assert!(plan.steps().iter().any(|step| about_it(&step.action)), "nothing about {id} in:\n{told}");
    assert_eq!(plan.steps().len(), 1, "more than {id} in:\n{told}");
    db.apply([TrackedTable::new("books")]).await;
    let before = db.events("books").await.len();
    db.run_each(["insert into books values (1, 'a')", "update books set title = 'b'", "delete from books"])
        .await;
    assert_eq!(db.events("books").await.len(), before + 3, "after {id} was mended");
}

pub(super) async fn a_dropped_trigger(db: &Db) {
    books(db).await;
    let triggers = capturing(db, ObjectKind::Trigger).await;
    assert!(triggers.len() >= 3, "{triggers:?}");
    for id in triggers {
        db.run((db.words.drop_trigger)(&id)).await;
        mended(db, &id).await;
    }
}

pub(super) async fn a_trigger_changed_by_hand(db: &Db) {
    books(db).await;
    // Where triggers call functions, the functions are what somebody changes.
    let mut objects = capturing(db, ObjectKind::Function).await;
    if objects.is_empty() {
        objects = capturing(db, ObjectKind::Trigger).await;
    }
    for id in objects {
        db.run((db.words.tamper)(&id)).await;
        mended(db, &id).await;
    }
}

pub(super) async fn a_disabled_trigger(db: &Db) {
    let Some(disable) = db.words.disable_trigger else { return };
    books(db).await;
    for id in capturing(db, ObjectKind::Trigger).await {
        db.run(disable(&id)).await;
        mended(db, &id).await;
    }
}

/// The guard of an event table is an object like any other.
pub(super) async fn a_dropped_guard(db: &Db) {
    books(db).await;
    let capturing = capturing(db, ObjectKind::Trigger).await;
    let installed = db.found().await.installed.into_iter().map(|installed| installed.id);
    let guards: Vec<ObjectId> =
        installed.filter(|id| id.kind == ObjectKind::Trigger && !capturing.contains(id)).collect();
    assert!(!guards.is_empty(), "no trigger guards the event table");
    for id in guards {
        db.run((db.words.drop_trigger)(&id)).await;
        mended(db, &id).await;
    }
}
