-- Who vouched for what only grows.
CREATE FUNCTION "score_attestations_refuse"() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
	RAISE EXCEPTION 'attestations are append-only';
END $$;
--> statement-breakpoint
CREATE TRIGGER "score_attestations_no_update" BEFORE UPDATE OR DELETE ON "score_attestations" FOR EACH ROW EXECUTE FUNCTION "score_attestations_refuse"();
--> statement-breakpoint
CREATE TRIGGER "score_attestations_no_truncate" BEFORE TRUNCATE ON "score_attestations" FOR EACH STATEMENT EXECUTE FUNCTION "score_attestations_refuse"();
