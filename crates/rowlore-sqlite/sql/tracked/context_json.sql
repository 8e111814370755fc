(
            select json_object('actor', c.actor, 'reason', c.reason, 'request', c.request, 'data', json(c.data),
                'db_user', c.db_user, 'application', c.application, 'client', c.client)
            from rowlore_context as c where c.id = rowlore_state.context_id
        )
