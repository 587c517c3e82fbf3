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
