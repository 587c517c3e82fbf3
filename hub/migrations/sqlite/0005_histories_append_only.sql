-- The history of an alias only grows, one revision at a time. INSERT OR REPLACE fires no delete trigger, so the insert trigger refuses it.
CREATE TRIGGER `alias_history_no_update` BEFORE UPDATE ON `alias_history` BEGIN
	SELECT RAISE(ABORT, 'the history of an alias is append-only');
END;
--> statement-breakpoint
CREATE TRIGGER `alias_history_no_delete` BEFORE DELETE ON `alias_history` BEGIN
	SELECT RAISE(ABORT, 'the history of an alias is append-only');
END;
--> statement-breakpoint
CREATE TRIGGER `alias_history_next_only` BEFORE INSERT ON `alias_history`
WHEN EXISTS (SELECT 1 FROM `alias_history` WHERE `id` = NEW.`id`)
	OR NEW.`revision` IS NOT (
		SELECT COALESCE(MAX(`revision`), 0) + 1 FROM `alias_history` WHERE `recipe` = NEW.`recipe` AND `name` = NEW.`name`
	) BEGIN
	SELECT RAISE(ABORT, 'the history of an alias is append-only');
END;
--> statement-breakpoint
-- Who vouched for what only grows. INSERT OR REPLACE fires no delete trigger, so the insert trigger refuses it.
CREATE TRIGGER `score_attestations_no_update` BEFORE UPDATE ON `score_attestations` BEGIN
	SELECT RAISE(ABORT, 'attestations are append-only');
END;
--> statement-breakpoint
CREATE TRIGGER `score_attestations_no_delete` BEFORE DELETE ON `score_attestations` BEGIN
	SELECT RAISE(ABORT, 'attestations are append-only');
END;
--> statement-breakpoint
CREATE TRIGGER `score_attestations_no_replace` BEFORE INSERT ON `score_attestations`
WHEN EXISTS (SELECT 1 FROM `score_attestations` WHERE `id` = NEW.`id`) BEGIN
	SELECT RAISE(ABORT, 'attestations are append-only');
END;
