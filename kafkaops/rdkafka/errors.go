package rdkafka

import (
	"context"
	"errors"
	"strings"

	"github.com/confluentinc/confluent-kafka-go/v2/kafka"

	"github.com/krapp-io/krapp/kafkaops"
)

// classes says which kind of failure each error code is; what is absent is Internal.
func classOf(code kafka.ErrorCode) kafkaops.Class {
	switch code {
	case kafka.ErrTransport, kafka.ErrAllBrokersDown, kafka.ErrResolve, kafka.ErrNodeUpdate, kafka.ErrNetworkException,
		kafka.ErrDestroyBroker, kafka.ErrUnknownBroker:
		return kafkaops.Unreachable
	case kafka.ErrAuthentication, kafka.ErrSaslAuthenticationFailed, kafka.ErrUnsupportedSaslMechanism, kafka.ErrIllegalSaslState,
		kafka.ErrSsl:
		return kafkaops.Unauthenticated
	case kafka.ErrTopicAuthorizationFailed, kafka.ErrGroupAuthorizationFailed, kafka.ErrClusterAuthorizationFailed,
		kafka.ErrTransactionalIDAuthorizationFailed, kafka.ErrDelegationTokenAuthorizationFailed:
		return kafkaops.Unauthorised
	case kafka.ErrUnknownTopicOrPart, kafka.ErrUnknownTopic, kafka.ErrUnknownPartition, kafka.ErrUnknownTopicID,
		kafka.ErrInconsistentTopicID, kafka.ErrGroupIDNotFound, kafka.ErrUnknownGroup, kafka.ErrResourceNotFound, kafka.ErrNoent:
		return kafkaops.NotFound
	case kafka.ErrTopicAlreadyExists:
		return kafkaops.AlreadyExists
	case kafka.ErrTopicException, kafka.ErrInvalidPartitions, kafka.ErrInvalidReplicationFactor, kafka.ErrInvalidConfig,
		kafka.ErrInvalidRequest, kafka.ErrInvalidArg, kafka.ErrInvalidReplicaAssignment, kafka.ErrOffsetOutOfRange,
		kafka.ErrMsgSizeTooLarge, kafka.ErrInvalidMsg, kafka.ErrInvalidMsgSize, kafka.ErrInvalidGroupID, kafka.ErrPolicyViolation,
		kafka.ErrInvalidRecord, kafka.ErrInvalidTimestamp, kafka.ErrRecordListTooLarge, kafka.ErrAutoOffsetReset,
		kafka.ErrInvalidSessionTimeout, kafka.ErrInvalidTransactionTimeout, kafka.ErrInvalidRegularExpression:
		return kafkaops.Invalid
	case kafka.ErrNonEmptyGroup, kafka.ErrRebalanceInProgress, kafka.ErrUnknownMemberID, kafka.ErrFencedInstanceID,
		kafka.ErrIllegalGeneration, kafka.ErrProducerFenced, kafka.ErrFenced, kafka.ErrInvalidProducerEpoch,
		kafka.ErrConcurrentTransactions, kafka.ErrInvalidTxnState, kafka.ErrState, kafka.ErrConflict,
		kafka.ErrGroupSubscribedToTopic, kafka.ErrAssignmentLost, kafka.ErrInvalidProducerIDMapping, kafka.ErrMaxPollExceeded:
		return kafkaops.Conflict
	case kafka.ErrLeaderNotAvailable, kafka.ErrNotLeaderForPartition, kafka.ErrNotEnoughReplicas,
		kafka.ErrNotEnoughReplicasAfterAppend, kafka.ErrCoordinatorNotAvailable, kafka.ErrNotCoordinator,
		kafka.ErrCoordinatorLoadInProgress, kafka.ErrQueueFull, kafka.ErrWaitCoord, kafka.ErrReplicaNotAvailable,
		kafka.ErrBrokerNotAvailable, kafka.ErrKafkaStorageError, kafka.ErrNotController, kafka.ErrUnstableOffsetCommit,
		kafka.ErrOffsetNotAvailable, kafka.ErrFencedLeaderEpoch, kafka.ErrUnknownLeaderEpoch, kafka.ErrThrottlingQuotaExceeded:
		return kafkaops.Unavailable
	case kafka.ErrTimedOut, kafka.ErrMsgTimedOut, kafka.ErrTimedOutQueue, kafka.ErrRequestTimedOut:
		return kafkaops.TimedOut
	case kafka.ErrUnsupportedVersion, kafka.ErrUnsupportedFeature, kafka.ErrNotImplemented, kafka.ErrSecurityDisabled,
		kafka.ErrUnsupportedForMessageFormat, kafka.ErrTopicDeletionDisabled:
		return kafkaops.Unsupported
	}
	return kafkaops.Internal
}

// hintOf says what to try for the codes where the error itself doesn't.
func hintOf(code kafka.ErrorCode, class kafkaops.Class) string {
	switch code {
	case kafka.ErrInvalidReplicationFactor:
		return "ask for no more replicas than there are brokers"
	case kafka.ErrInvalidConfig:
		return "see Kafka's documentation of topic configurations for names and values"
	case kafka.ErrTopicException:
		return "use letters, digits, '.', '_' and '-', at most 249 of them"
	case kafka.ErrNonEmptyGroup, kafka.ErrUnknownMemberID, kafka.ErrGroupSubscribedToTopic:
		return "stop the group's members first"
	case kafka.ErrMsgSizeTooLarge:
		return "send less, or raise max.message.bytes of the topic"
	case kafka.ErrNotEnoughReplicas, kafka.ErrNotEnoughReplicasAfterAppend:
		return "bring brokers back: fewer replicas are in sync than min.insync.replicas asks for"
	}
	switch class {
	case kafkaops.Unreachable:
		return "check that the brokers run and that their addresses are right"
	case kafkaops.Unauthenticated:
		return "check the context's TLS and SASL settings against the broker's listener"
	case kafkaops.Unauthorised:
		return "ask for the ACL, or use another principal"
	case kafkaops.TimedOut:
		return "check the brokers' health, or raise the timeout"
	case kafkaops.Unavailable:
		return "try again: a leader or coordinator is moving"
	}
	return ""
}

// fail makes the OpError of an operation. It returns err unchanged when that is nil or an OpError already.
func fail(op, resource string, err error) error {
	var done *kafkaops.OpError
	if err == nil || errors.As(err, &done) {
		return err
	}
	var kerr kafka.Error
	switch {
	case errors.As(err, &kerr):
		class := classOf(kerr.Code())
		if class == kafkaops.Internal && kerr.IsTimeout() {
			class = kafkaops.TimedOut
		}
		return kafkaops.NewError(class, op, resource, hintOf(kerr.Code(), class), err)
	case errors.Is(err, context.DeadlineExceeded):
		return kafkaops.NewError(kafkaops.TimedOut, op, resource, hintOf(0, kafkaops.TimedOut), err)
	case errors.Is(err, context.Canceled):
		return kafkaops.NewError(kafkaops.Unavailable, op, resource, "", err)
	}
	return kafkaops.NewError(kafkaops.Internal, op, resource, "", err)
}

// fail is the package's fail; where the broker didn't answer in time it adds what the connections last complained of.
func (c *Client) fail(op, resource string, err error) error {
	err = fail(op, resource, err)
	var e *kafkaops.OpError
	if !errors.As(err, &e) || errors.Is(err, context.Canceled) {
		return err
	}
	if e.Class == kafkaops.TimedOut || e.Class == kafkaops.Unreachable {
		if fault, ok := c.faults.recent(); ok {
			class := faultClass(fault)
			return kafkaops.NewError(class, e.Op, e.Resource, hintOf(fault.Code(), class), errors.New(plainFault(fault)))
		}
	}
	return err
}

// codeError returns err when it says that something failed.
func codeError(err kafka.Error) error {
	if err.Code() == kafka.ErrNoError {
		return nil
	}
	return err
}

// faultClass classifies a connection's complaint: librdkafka reports several security mismatches as transport failures.
func faultClass(fault kafka.Error) kafkaops.Class {
	text := fault.String()
	if _, behind, found := strings.Cut(text, ": "); found { // the broker's address, whose scheme says nothing about the cause
		text = behind
	}
	for _, mark := range []string{"SSL", "SASL", "security.protocol", "uthenticat"} {
		if strings.Contains(text, mark) {
			return kafkaops.Unauthenticated
		}
	}
	if class := classOf(fault.Code()); class != kafkaops.Internal {
		return class
	}
	return kafkaops.Unreachable
}

// plainFault shortens librdkafka's line to what an operator needs: "sasl_plaintext://h:9092/bootstrap: why (after 2ms in state …)".
func plainFault(fault kafka.Error) string {
	text := fault.String()
	if i := strings.Index(text, " (after "); i > 0 {
		text = text[:i]
	}
	return strings.Replace(text, "/bootstrap", "", 1)
}
