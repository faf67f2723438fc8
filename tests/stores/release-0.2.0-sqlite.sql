BEGIN TRANSACTION;
CREATE TABLE alembic_version (
	version_num VARCHAR(32) NOT NULL, 
	CONSTRAINT alembic_version_pkc PRIMARY KEY (version_num)
);
INSERT INTO "alembic_version" VALUES('0001');
CREATE TABLE feedback (
	id INTEGER NOT NULL, 
	issuer VARCHAR(500) NOT NULL, 
	card CHAR(32) NOT NULL, 
	topic VARCHAR(100) NOT NULL, 
	outcome VARCHAR(10) NOT NULL, 
	outcome_at DATETIME NOT NULL, 
	received_at DATETIME NOT NULL, 
	knowledge VARCHAR(100) NOT NULL, 
	accepted_suggestions JSON NOT NULL, 
	reason VARCHAR(200) NOT NULL, 
	PRIMARY KEY (id), 
	CONSTRAINT feedback_once UNIQUE (issuer, card, outcome, outcome_at)
);
INSERT INTO "feedback" VALUES(1,'https://ehr.example.org','4ac0e1f613b04f3e8d531c7a45b0a6a1','mmnDose','overridden','2026-11-28 10:20:00.000000','2026-11-28 10:21:00.000000','0.2.0','[]','http://terminology.hl7.org/CodeSystem/non-adherence-reason-codes|action-completed');
INSERT INTO "feedback" VALUES(2,'https://ehr.example.org','4ac0e1f613b04f3e8d531c7a45b0a6a2','mmnSteroid','accepted','2026-11-28 11:20:00.000000','2026-11-28 11:21:00.000000','0.2.0','["4ac0e1f6-13b0-4f3e-8d53-1c7a45b0a6a3"]','');
CREATE TABLE feedback_comments (
	feedback_id INTEGER NOT NULL, 
	comment TEXT NOT NULL, 
	PRIMARY KEY (feedback_id), 
	FOREIGN KEY(feedback_id) REFERENCES feedback (id) ON DELETE CASCADE
);
INSERT INTO "feedback_comments" VALUES(1,'was done last week');
CREATE TABLE used_tokens (
	issuer VARCHAR(500) NOT NULL, 
	token_digest VARCHAR(64) NOT NULL, 
	expires_at DATETIME NOT NULL, 
	PRIMARY KEY (issuer, token_digest)
);
INSERT INTO "used_tokens" VALUES('https://ehr.example.org','abababababababababababababababababababababababababababababababab','2026-11-29 10:05:00.000000');
CREATE INDEX used_tokens_by_end ON used_tokens (expires_at);
COMMIT;
